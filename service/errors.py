"""The service's branch of the error tree of `bulletin.errors`.

YuebaoError
└── ServiceError            a request or a start that the service refuses
    ├── SettingsError           settings that are unknown or out of range, all named at once
    ├── LimitError              a request beyond one of the server's limits; `limit` says which
    │   ├── BodyTooLargeError       more bytes than the server takes
    │   ├── BodyTooSlowError        a body that is not there in time
    │   ├── TooManyValuesError      JSON of more values than the server takes
    │   ├── BodiesFullError         a body beside too many others
    │   ├── TextTooLongError        more characters than the server takes
    │   ├── UploadTooLargeError     an upload of more bytes, files or unpacked bytes than a job takes
    │   ├── FormLimitError          a form of too many parts, or with one that is too long
    │   ├── HeadTooLargeError       headers of more bytes than the server takes
    │   ├── HeadTooSlowError        headers that are not there in time
    │   ├── ConnectionsFullError    a connection beside too many others
    │   └── RateError               more often than one client may
    ├── NotHttpError            what is no HTTP request
    ├── NotTextError            an address or a header that is not UTF-8
    ├── MediaTypeError          a body of a kind that the address does not take
    ├── FormError               a multipart form without its file, or with parts nobody knows
    ├── TimeoutHeaderError      a deadline that is no number of seconds
    ├── DeadlineError           a request that was not served by its deadline
    ├── BusyError               the queue is full: come again later
    │   └── JobsFullError           the caller has as many open jobs as it may
    ├── JobKeyError             an Idempotency-Key that is none, or that was used for something else
    ├── JobOpenError            the result of a job that has not ended
    ├── JobBrokenError          a file whose work ended the server each time
    ├── StorageFullError        the disk holds no more
    ├── NotReadyError           the models are not loaded yet, or could not be
    ├── StoreError              the database cannot be opened, read or written
    ├── NotKeptError            what is asked for was never kept
    ├── CorrectionError         a correction of what the digest does not hold, or into what cannot be
    ├── CannotTrainError        the training libraries are not there
    ├── VersionTakenError       a version that is there already, or on its way
    ├── ArchiveError            an archive that is missing, damaged, in use or of another making
    │   ├── NoArchiveError          there is none
    │   └── NotIndexedError         it cannot be searched, or not in this way
    ├── ArchiveLibraryError     the archive's libraries are not there
    ├── AskError                a question to the archive that says too little, or wants more than to ask
    ├── NoKeyError              without a key
    │   └── BadKeyError             with one that is not, or no longer, good
    ├── ScopeError              with a key that is good for other things
    ├── ForeignHostError        under a name that is not this server's
    └── ForeignPageError        from a page of another site

And of the branch of inputs: UnreadableFileError
                            └── SourceLostError     a listed file that can no longer be read as it was
"""

from bulletin.errors import UnreadableFileError, YuebaoError


class ServiceError(YuebaoError):
    """Base of what the service itself refuses."""


class SettingsError(ServiceError):
    """The settings have problems; the message lists every one."""


class LimitError(ServiceError):
    """A limit is passed: `limit` is how much may be, and `given` how much it was, where that is known."""

    def __init__(self, message: str, *, limit: float, given: float | None = None) -> None:
        super().__init__(message)
        self.limit = limit
        self.given = given


class BodyTooLargeError(LimitError):
    """The request body has more bytes than the server takes."""


class BodyTooSlowError(LimitError):
    """The request body took too many seconds to come."""


class TooManyValuesError(LimitError):
    """The JSON of the request body has more values than the server takes."""


class BodiesFullError(LimitError):
    """With this body, those that are held would come to too many bytes."""


class TextTooLongError(LimitError):
    """The text has more characters than the server takes."""


class UploadTooLargeError(LimitError):
    """What is uploaded for a job comes to too many bytes, packed or not, or too many files."""


class FormLimitError(LimitError):
    """A multipart form has too many parts, or one of too many bytes."""


class HeadTooLargeError(LimitError):
    """The request line and headers have more bytes than the server takes."""


class HeadTooSlowError(LimitError):
    """The request line and headers took too many seconds to come."""


class ConnectionsFullError(LimitError):
    """There are more connections than the server takes."""


class NotHttpError(ServiceError):
    """What came is no HTTP request."""


class NotTextError(ServiceError):
    """The address or a header of the request is not UTF-8."""


class MediaTypeError(ServiceError):
    """The body is of a media type that the address does not take."""


class FormError(ServiceError):
    """A multipart form lacks its file or holds parts that are not known."""


class TimeoutHeaderError(ServiceError):
    """The request's deadline is no positive number of seconds."""


class DeadlineError(ServiceError):
    """The deadline came before an answer had begun."""


class BusyError(ServiceError):
    """Too many requests are waiting; `retry_after_s` is when it is worth coming again."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class JobsFullError(BusyError):
    """The caller has too many jobs that have not ended."""


class JobKeyError(ServiceError):
    """The Idempotency-Key is none, or stands for another content."""


class JobOpenError(ServiceError):
    """The job has not ended."""


class JobBrokenError(ServiceError):
    """The server ended each time it was at work at the file."""


class StorageFullError(ServiceError):
    """The disk is full, or a quota is reached."""


class NotReadyError(ServiceError):
    """The models are not loaded."""


class StoreError(ServiceError):
    """The database cannot be used."""


class NotKeptError(ServiceError):
    """Nothing is kept under that name."""


class CorrectionError(ServiceError):
    """The correction does not fit its digest or the taxonomy."""


class CannotTrainError(ServiceError):
    """This machine lacks what training needs."""


class VersionTakenError(ServiceError):
    """The version's name is taken."""


class ArchiveError(ServiceError):
    """The archive cannot be read or written."""


class SourceLostError(UnreadableFileError):
    """A listed file is gone, or has changed, or its store does not answer: another time it may be read."""


class NoArchiveError(ArchiveError):
    """There is no archive."""


class NotIndexedError(ArchiveError):
    """The archive lacks the index that a search needs."""


class ArchiveLibraryError(ServiceError):
    """This machine lacks what the archive needs."""


class AskError(ServiceError):
    """The question to the archive is refused, or cannot be answered."""


class NoKeyError(ServiceError):
    """The request shows no key."""


class BadKeyError(NoKeyError):
    """The key that the request shows is not, or no longer, good; `who` is whose it was, if it was one."""

    def __init__(self, message: str, *, who: str | None = None) -> None:
        super().__init__(message)
        self.who = who


class ScopeError(ServiceError):
    """The key of `who` lacks the scope `missing`."""

    def __init__(self, message: str, *, who: str, missing: str) -> None:
        super().__init__(message)
        self.who = who
        self.missing = missing


class RateError(LimitError):
    """The client asks too often; `retry_after_s` is when the next request is due, `limit` how many a minute may be."""

    def __init__(self, message: str, *, limit: int, retry_after_s: int) -> None:
        super().__init__(message, limit=limit)
        self.retry_after_s = retry_after_s


class ForeignHostError(ServiceError):
    """The request is addressed to a host that this server is not."""


class ForeignPageError(ServiceError):
    """A page of another site would have the server do something."""
