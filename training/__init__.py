"""How a bundle is made. torch, transformers, datasets and scikit-learn are imported here only."""
