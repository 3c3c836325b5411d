"""Mean pooling for a BERT that stock transformers can still load.

Sentence encoders such as all-MiniLM keep their meaning in the mean over tokens, and stock classifiers read the
first token alone. So one more layer is put on top whose attention starts out uniform (queries and keys of zero)
and passes values through: its first token begins as the mean over all tokens, and fine-tuning may turn it into
attention pooling. The pooler begins as a scaled identity.
"""

import copy
from typing import Any

import torch

MEAN_WEIGHT = 8.0
"""How much of the mean goes into the first token beside what stood there, before layer normalisation."""


def add_mean_pooling_layer(model: Any) -> None:
    """Append the layer to a `BertForSequenceClassification`, in place. Raises ValueError for other models."""
    bert = getattr(model, "bert", None)
    if bert is None or bert.pooler is None:
        raise ValueError(f"{type(model).__name__} is no BERT classifier; set mean_pooling_layer = false")
    layer = copy.deepcopy(bert.encoder.layer[-1])
    attention = layer.attention
    eye = torch.eye(model.config.hidden_size)
    with torch.no_grad():
        for linear in (attention.self.query, attention.self.key, layer.output.dense):
            linear.weight.zero_()
            linear.bias.zero_()
        for linear, scale in (
            (attention.self.value, 1.0),
            (attention.output.dense, MEAN_WEIGHT),
            (bert.pooler.dense, 0.5),
        ):
            linear.weight.copy_(scale * eye)
            linear.bias.zero_()
        for norm in (attention.output.LayerNorm, layer.output.LayerNorm):
            norm.weight.fill_(1.0)
            norm.bias.zero_()
    bert.encoder.layer.append(layer)
    model.config.num_hidden_layers += 1
