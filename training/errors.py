"""What can go wrong in training, each with what the caller should do about it."""

from __future__ import annotations

from services.domain.errors import GroundswellError


class TrainingError(GroundswellError):
    """Root of the tree: the command prints the message and ends with status 1."""


class ConfigError(TrainingError):
    """A configuration, registry or taxonomy file is wrong: correct the file."""


class DataError(TrainingError):
    """A line of a data set is wrong: correct or remove the line."""

    def __init__(self, *, file: str, line: int, field: str, expected: str, got: str) -> None:
        super().__init__(f"{file}, line {line}: field {field!r}: expected {expected}, got {got}")
        self.file = file
        self.line = line
        self.field = field


class HubError(TrainingError):
    """The hub did not give a file: connect, accept its terms, or take it from a folder."""


class CheckpointError(TrainingError):
    """A checkpoint is missing, broken or of another run: choose another folder or start afresh."""


class ExportError(TrainingError):
    """The exported model is not good enough or too large: nothing was published."""


class SeenInTraining(TrainingError):
    """Test rows were in the training data, so scores on them say little: remove the rows, or allow them."""

    def __init__(self, *, file: str, rows: int, seen: int, exact: int, example: str) -> None:
        super().__init__(
            f"{file}: expected texts that the model was not trained on, but {seen} of {rows} were seen in training "
            f"({exact} to the letter, {seen - exact} but for links, digits, case or punctuation), such as "
            f"{example[:80]!r}; remove them, or give --allow-seen"
        )
        self.seen = seen
        self.exact = exact
