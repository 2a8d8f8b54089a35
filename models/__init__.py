"""What a model is and how it runs: bundles, engines, drafting and the pipeline. No web, no trainer."""
