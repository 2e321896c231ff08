//! The cause behind an error message, as one of a few words that can be counted.

/// The cause of a call that was given up for its time.
pub const TIME_OUT: &str = "time-out";

/// Each cause with the marks that give it away, in lower case; the first that matches counts.
const CAUSES: [(&str, &[&str]); 8] = [
    (
        "rate limit",
        &[
            "rate limit",
            "rate_limit",
            "ratelimit",
            "too many requests",
            "quota",
            "#429",
        ],
    ),
    (
        "content filter",
        &[
            "content filter",
            "content_filter",
            "content policy",
            "content_policy",
            "content management policy",
        ],
    ),
    (
        "context length",
        &[
            "context length",
            "context_length",
            "maximum context",
            "context window",
            "prompt is too long",
        ],
    ),
    (
        TIME_OUT,
        &[
            "timed out",
            "timeout",
            "time out",
            "time-out",
            "deadline exceeded",
            "etimedout",
            "#408",
            "#504",
        ],
    ),
    (
        "authentication",
        &[
            "unauthorized",
            "unauthorised",
            "api key",
            "api_key",
            "permission denied",
            "forbidden",
            "#401",
            "#403",
        ],
    ),
    (
        "connection",
        &[
            "econnrefused",
            "econnreset",
            "connection",
            "fetch failed",
            "network",
            "enotfound",
            "socket hang up",
        ],
    ),
    (
        "server error",
        &[
            "internal server error",
            "overloaded",
            "bad gateway",
            "service unavailable",
            "#500",
            "#502",
            "#503",
            "#529",
        ],
    ),
    ("out of memory", &["out of memory", "cuda oom", "memoryerror"]),
];

/// The cause of the error that `message` tells of: a known one, else the exception's name (`RuntimeError`), else `other error`.
#[must_use]
pub fn cause(message: &str) -> String {
    // The cause stands at the start; a traceback of megabytes is not searched.
    let start: String = message.chars().take(2_000).collect::<String>().to_ascii_lowercase();
    let known = CAUSES
        .iter()
        .find(|(_, marks)| marks.iter().any(|mark| holds(&start, mark)));
    if let Some((cause, _)) = known {
        return (*cause).to_owned();
    }
    exception(message).unwrap_or("other error").to_owned()
}

/// Whether `text` holds `mark`; `#429` is the number 429 standing alone.
fn holds(text: &str, mark: &str) -> bool {
    match mark.strip_prefix('#') {
        None => text.contains(mark),
        Some(number) => text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| word == number),
    }
}

/// The exception's name that `message` starts with.
fn exception(message: &str) -> Option<&str> {
    let end = message.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.')?;
    let name = message.get(..end)?.rsplit('.').next()?;
    let named = ["Error", "Exception", "Exit", "Interrupt"];
    named
        .iter()
        .any(|n| name.ends_with(n) && name.len() > n.len())
        .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_apart() {
        for (message, expected) in [
            (
                "RuntimeError('429 Too Many Requests: rate limit exceeded')",
                "rate limit",
            ),
            ("API error: 503 Service Unavailable", "server error"),
            ("Evaluation timed out after 3000ms", "time-out"),
            ("API error: 401 Unauthorized", "authentication"),
            ("ValueError('no json in 14290 bytes')", "ValueError"),
            ("openai.BadRequestError: x", "BadRequestError"),
            ("something odd", "other error"),
            ("Error: no such thing", "other error"),
            ("", "other error"),
        ] {
            assert_eq!(cause(message), expected, "{message}");
        }
    }
}
