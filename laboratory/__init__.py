"""The model laboratory as a request worker sees it: jobs, their plans, the models they made, and who analyses them."""
