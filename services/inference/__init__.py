"""A model bundle in use: from texts to sentiment, topics and the sentiment towards each company.

Bundle        `bundle` (the folder), `manifest` (what it says of the model), `added_topics` (topics taught later),
              `external_data` (weights that no hash covers)
Texts in      `model_input` (the exact text that is read), `encoder` (token ids), `batches` (texts of like length)
Model         `graph` (inputs and outputs), `session` (ONNX Runtime), `providers` (CUDA, OpenVINO or CPU)
Scores out    `activations` (logits to probabilities), `calibration`, `scores`, `explanation` (what a score rests on)
All together  `classifier`
"""
