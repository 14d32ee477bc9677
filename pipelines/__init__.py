"""The second layer, imported as ``crystext.pipelines``: many crystals, from source to corpus."""
