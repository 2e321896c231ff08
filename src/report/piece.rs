//! A report in pieces, one a field: it crosses to the page and is put together there without holding up a frame.

use serde::{Deserialize, Serialize};

use super::Report;

/// A field of a report, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    field: String,
    json: String,
}

/// Goes through all fields of a report; a field that is missing here does not compile.
macro_rules! fields {
    ($($field:ident),* $(,)?) => {
        fn cut(report: &Report) -> serde_json::Result<Vec<Piece>> {
            let Report { $($field),* } = report;
            Ok(vec![$(Piece { field: stringify!($field).to_owned(), json: serde_json::to_string($field)? }),*])
        }

        fn put(report: &mut Report, piece: &Piece) -> serde_json::Result<()> {
            match piece.field.as_str() {
                $(stringify!($field) => report.$field = serde_json::from_str(&piece.json)?,)*
                other => return Err(serde::de::Error::custom(format_args!("a report has no field {other}"))),
            }
            Ok(())
        }
    };
}

fields!(
    meta,
    rule,
    files,
    options,
    counts,
    metrics,
    confidence_sources,
    calibration,
    latency,
    failures,
    slices,
    cautions,
    repeats,
    agreement,
    robustness,
    fairness,
    comparison,
    columns,
    bounds,
    problems,
    left_out,
    pending,
);

impl Report {
    /// The report in pieces, one a field.
    ///
    /// # Errors
    /// That of the serialisation, which no report meets.
    pub fn pieces(&self) -> serde_json::Result<Vec<Piece>> {
        cut(self)
    }

    /// Puts a piece of another report in the place of this report's own.
    ///
    /// # Errors
    /// When no report has such a field, or it does not hold such a value.
    ///
    /// # Example
    /// ```
    /// use assay::report::Report;
    ///
    /// let report = Report { cautions: vec!["Few samples.".to_owned()], ..Report::default() };
    /// let mut copy = Report::default();
    /// for piece in report.pieces()? {
    ///     copy.put(&piece)?;
    /// }
    /// assert_eq!(copy, report);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn put(&mut self, piece: &Piece) -> serde_json::Result<()> {
        put(self, piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_that_no_report_has_is_refused() {
        let unknown = Piece {
            field: "unknown".to_owned(),
            json: "1".to_owned(),
        };
        assert!(Report::default().put(&unknown).is_err());
        let wrong = Piece {
            field: "counts".to_owned(),
            json: "\"many\"".to_owned(),
        };
        assert!(Report::default().put(&wrong).is_err());
    }
}
