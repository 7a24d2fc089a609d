"""A search whose file is taken away says so, and leaves no new file in its place."""

import pytest

from nn.cli.shared_study import journal
from nn.runs.settings import ConfigError


@pytest.mark.parametrize("replaced", [False, True])
def test_the_file_of_a_search_is_missed(tmp_path, replaced):
    optuna = pytest.importorskip("optuna")
    file = tmp_path / "search.journal"
    study = optuna.create_study(storage=journal(file))
    file.rename(tmp_path / "elsewhere")
    if replaced:
        file.write_text("")
    with pytest.raises(ConfigError, match="was removed or replaced while the search went on"):
        study.ask()
    assert file.exists() == replaced
