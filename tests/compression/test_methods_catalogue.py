import pytest

from analysis.compression.errors import CalibrationError
from analysis.compression.methods.catalogue import METHODS, method


def test_every_method_goes_by_its_own_name_and_says_what_it_follows():
    for name, known in METHODS.items():
        assert method(name) is known
        assert known.name == name
        assert known.reference
        assert known.low <= known.high


def test_a_misspelt_name_is_answered_with_the_nearest():
    with pytest.raises(CalibrationError, match="'gptq_per_grup'.  Did you mean 'gptq_per_group'?"):
        method("gptq_per_grup")


def test_a_name_like_none_is_answered_with_those_known():
    with pytest.raises(CalibrationError, match="Known: magnitude, activation_aware"):
        method("zzz")
