import inspect

import pytest

import crystext
from crystext.description.options import DEFAULTS, Analysis, Settings, Wording
from crystext.errors import UsageError
from crystext.pipelines.many import describe_many
from crystext.suggestions import did_you_mean, named_arguments_and, nearest


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("describ", ["describe", "train"], "describe"),
        ("BANDGAP", ["band_gap", "bulk_modulus"], "band_gap"),
        ("crysmmnet_cgcnn", ["crysmmnet-cgcnn", "cgcnn"], "crysmmnet-cgcnn"),
        ("zzz", ["describe", "train"], None),
        ("", ["describe"], None),
        ("x", [], None),
    ],
)
def test_the_nearest_name(word, known, meant):
    assert nearest(word, known) == meant


def test_without_a_near_name_all_are_listed_and_many_are_cut():
    assert did_you_mean("zzz", ["a", "b"]) == "use one of a, b"
    assert did_you_mean("zzz", map(str, range(40))).endswith("22, 23, …")


@pytest.mark.parametrize("function", [crystext.describe, crystext.Describer, describe_many])
class TestArguments:
    def test_the_signature_names_every_setting_with_its_default(self, function):
        found = inspect.signature(function).parameters
        settings = {name: one.default for name, one in found.items()}
        for name, default in Settings().__dict__.items():
            assert settings[name] == default, name
            assert found[name].kind is inspect.Parameter.KEYWORD_ONLY
            assert found[name].annotation != inspect.Parameter.empty
        assert not any(one.kind is one.VAR_KEYWORD for one in found.values())

    def test_every_argument_is_documented(self, function):
        of_robocrys = f"{inspect.getdoc(Analysis)}\n{inspect.getdoc(Wording)}"
        for name in inspect.signature(function).parameters:
            told = of_robocrys if name in DEFAULTS else inspect.getdoc(function)
            assert f"    {name}:" in told

    def test_a_wrong_name_is_told_the_nearest(self, function):
        with pytest.raises(UsageError, match=r"no argument 'styl'; did you mean 'style'\?"):
            function(*([] if function is crystext.Describer else ["x"]), styl="raw")

    def test_a_wrong_value_is_told_the_nearest(self, function):
        with pytest.raises(UsageError, match=r"'unicod' is not known; did you mean 'unicode'\?"):
            function(*([] if function is crystext.Describer else ["x"]), style="unicod")


def test_positional_arguments_pass():
    @named_arguments_and({})
    def double(x, *, times=2):
        return x * times

    assert double(2) == 4
    assert double(x=3, times=3) == 9
