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

/// Names under which authors count answers that stopped at their longest length, and answers that a filter stopped; the
/// harnesses' own names for the same last in each list.
const SAME: [&[&str]; 2] = [
    &[
        "cut off",
        "cut short",
        "cutoff",
        "truncated",
        "truncation",
        "truncated output",
        "truncated answer",
        "truncated response",
        "output truncated",
        "answer truncated",
        "response truncated",
        "length",
        "length limit",
        "max length",
        "max tokens",
        "token limit reached",
        "stopped by length",
        "stopped by max tokens",
        "stopped by model length",
    ],
    &[
        "content filter",
        "content filtered",
        "filtered",
        "blocked by content filter",
        "stopped by content filter",
    ],
];

/// Whether two names of failure categories say the same of an answer.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.trim().to_lowercase().replace(['_', '-'], " ");
    let (one, other) = (plain(one), plain(other));
    one == other
        || SAME
            .iter()
            .any(|names| [&one, &other].iter().all(|name| names.contains(&name.as_str())))
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
    fn one_fact_has_one_name() {
        assert!(is_same("cut off", "stopped by max_tokens"));
        assert!(is_same("Truncated", "stopped by length"));
        assert!(is_same("content-filter", "stopped by content_filter"));
        assert!(!is_same("cut off", "stopped by content_filter"));
        assert!(!is_same("refusal", "stopped by content_filter"));
    }

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
