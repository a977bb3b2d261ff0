"""The console for people: `streamlit run streamlit_app.py`. It talks HTTP to the service, and nothing else."""

from console.main import main

main()
