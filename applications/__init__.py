"""The applications that clients send in their own words: which fields they have, and what a model is given of them."""
