//! `.review.json`: the whole review as a file.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Review;
use super::audit::{self, MOST_EVENTS};

/// Version of the file that this program writes.
pub const VERSION: u64 = 1;
/// What the schema is called, its version following.
const SCHEMA: &str = "assay-review/";
/// Largest review that is read, bytes.
pub const MOST_BYTES: usize = 256 << 20;

/// Turns a file of one version into one of the next.
type Upgrade = fn(Value) -> Result<Value, RecordError>;

/// One step a version: `UPGRADES[0]` turns a file of version 1 into one of version 2.
const UPGRADES: &[Upgrade] = &[];

/// A review with the name of its schema in front.
#[derive(Serialize, Deserialize)]
struct Document<R> {
    schema: String,
    #[serde(flatten)]
    review: R,
}

/// Why a review file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// Larger than [`MOST_BYTES`].
    TooLarge,
    /// Not JSON: what, line and column.
    NotJson(String),
    /// JSON, and no review.
    NoReview,
    /// Written by a newer version of this program: version of the file.
    Newer(u64),
    /// A review of a known version that does not hold what it should: what.
    Malformed(String),
    /// Events whose content does not match their hash: how many.
    Altered(u64),
}

impl std::fmt::Display for RecordError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge => write!(
                f,
                "this file is larger than {}, so it is not read as a review",
                crate::text::bytes(MOST_BYTES as u64)
            ),
            Self::NotJson(what) => write!(f, "this file is not JSON: {what}"),
            Self::NoReview => write!(f, "this JSON file is no review: it has no schema “{SCHEMA}{VERSION}”"),
            Self::Newer(version) => write!(
                f,
                "this review was saved by a newer Assay (schema {SCHEMA}{version}; this one reads up to {SCHEMA}{VERSION}). Update to open it"
            ),
            Self::Malformed(what) => write!(f, "this review is damaged: {what}"),
            Self::Altered(count) => write!(
                f,
                "{} of the history of this review do not match their hash: the file was altered",
                crate::text::counted(*count, "event")
            ),
        }
    }
}

impl std::error::Error for RecordError {}

impl Review {
    /// The review as the text of a `.review.json` file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let document = Document {
            schema: format!("{SCHEMA}{VERSION}"),
            review: self,
        };
        // Every number of a review is finite and every key a text, so it has a JSON form.
        serde_json::to_string_pretty(&document).unwrap_or_default()
    }

    /// The review that [`Self::to_json`] wrote, of this version or an older one.
    ///
    /// # Errors
    /// [`RecordError`] says what is wrong. The state is derived anew from the history, whose hashes are checked.
    pub fn from_json(text: &str) -> Result<Self, RecordError> {
        if text.len() > MOST_BYTES {
            return Err(RecordError::TooLarge);
        }
        let value: Value = serde_json::from_str(text).map_err(|error| RecordError::NotJson(error.to_string()))?;
        let schema = value.get("schema").and_then(Value::as_str).unwrap_or_default();
        let version = schema
            .strip_prefix(SCHEMA)
            .and_then(|version| version.parse::<u64>().ok());
        let version = version.filter(|version| *version > 0).ok_or(RecordError::NoReview)?;
        if version > VERSION {
            return Err(RecordError::Newer(version));
        }
        let steps = UPGRADES.iter().skip(usize::try_from(version - 1).unwrap_or(usize::MAX));
        let value = steps
            .take((VERSION - version) as usize)
            .try_fold(value, |value, step| step(value))?;
        let document: Document<Self> =
            serde_json::from_value(value).map_err(|error| RecordError::Malformed(error.to_string()))?;
        checked(document.review)
    }
}

/// Name of the schema of a file of several reviews.
const SEVERAL: &str = "assay-reviews/1";

/// `reviews` as the text of one file.
#[must_use]
pub fn all_to_json(reviews: &[&Review]) -> String {
    let each: Vec<Document<&Review>> = reviews
        .iter()
        .map(|review| Document {
            schema: format!("{SCHEMA}{VERSION}"),
            review: *review,
        })
        .collect();
    // As for one review, everything has a JSON form.
    serde_json::to_string_pretty(&serde_json::json!({ "schema": SEVERAL, "reviews": each })).unwrap_or_default()
}

/// The reviews that [`all_to_json`] wrote, in its order.
///
/// # Errors
/// As [`Review::from_json`], for the first that cannot be read.
pub fn all_from_json(text: &str) -> Result<Vec<Review>, RecordError> {
    if text.len() > MOST_BYTES {
        return Err(RecordError::TooLarge);
    }
    let mut value: Value = serde_json::from_str(text).map_err(|error| RecordError::NotJson(error.to_string()))?;
    if value.get("schema").and_then(Value::as_str) != Some(SEVERAL) {
        return Err(RecordError::NoReview);
    }
    let Some(Value::Array(reviews)) = value.get_mut("reviews").map(Value::take) else {
        return Err(RecordError::Malformed("it lists no reviews".to_owned()));
    };
    reviews
        .into_iter()
        .map(|review| Review::from_json(&review.to_string()))
        .collect()
}

fn checked(mut review: Review) -> Result<Review, RecordError> {
    if review.events.len() > MOST_EVENTS {
        return Err(RecordError::Malformed(format!(
            "its history has more than {MOST_EVENTS} events"
        )));
    }
    let altered = review.events.iter().filter(|event| event.hash() != event.id).count() as u64;
    if altered > 0 {
        return Err(RecordError::Altered(altered));
    }
    review.events = audit::merged(&review.events, &[]);
    review.follow();
    Ok(review)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_reviews_come_back_in_their_order() {
        let titled = |title: &str| {
            let mut review = Review::default();
            let change = audit::Change::Text(audit::Field::Title, String::new(), title.to_owned());
            review.record(change, "2026-11-22T00:00:00Z", "Ada");
            review
        };
        let (one, two) = (titled("one"), titled("two"));
        let text = all_to_json(&[&one, &two]);
        assert_eq!(all_from_json(&text).unwrap(), [one.clone(), two]);
        assert_eq!(all_from_json(&one.to_json()), Err(RecordError::NoReview));
        let altered = text.replace("\"who\": \"Ada\"", "\"who\": \"Bob\"");
        assert_eq!(all_from_json(&altered), Err(RecordError::Altered(1)));
    }
}
