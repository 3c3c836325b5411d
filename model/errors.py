"""Every error that a user can meet, in one tree.

    GpcommentsError
    ├── TaxonomyError      a taxonomy file that cannot be used
    ├── CheckpointError    a checkpoint folder that is missing, broken or has drifted
    ├── DeviceError        the device that was asked for is not there
    ├── CommentError       one comment that cannot be tagged; the others can
    ├── SourceError        an archive source that cannot be read, or an output that cannot be written
    │   └── NoCommentsError    a readable page in which no comments were found
    └── DataError          labelled records or a training config that cannot be used

Each message says what was wrong, where, and what to do next. None holds a comment's text.
"""


class GpcommentsError(Exception):
    """The root: catch this to catch all of ours."""

    error_type = "error"


class TaxonomyError(GpcommentsError):
    """A taxonomy that is malformed or names a label twice."""

    error_type = "invalid_taxonomy"


class CheckpointError(GpcommentsError):
    """A checkpoint folder that cannot be loaded or whose outputs are not those it was saved with."""

    error_type = "invalid_checkpoint"


class DeviceError(GpcommentsError):
    """A device that was asked for and cannot be had."""

    error_type = "no_device"


class CommentError(GpcommentsError):
    """A comment that cannot be tagged: empty, too long, or not valid text."""

    error_type = "invalid_comment"


class SourceError(GpcommentsError):
    """An archive's source or output that cannot be used as it is."""

    error_type = "invalid_source"


class NoCommentsError(SourceError):
    """A saved page that was read and holds no comments in a known layout."""

    error_type = "no_comments"


class DataError(GpcommentsError):
    """Labelled records, or a training config, that cannot be used."""

    error_type = "invalid_data"
