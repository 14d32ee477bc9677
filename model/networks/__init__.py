"""The networks, one file each, all with the same two calls.

``network(graph, text)`` is the published network: one number per crystal. ``network.embed(graph)``
is the crystal's embedding before the head, which CrysMMNet fuses with the text's.
"""
