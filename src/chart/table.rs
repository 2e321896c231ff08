//! A chart's table twin, and its CSV.

/// A cell: what is shown, and the number behind it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// As shown.
    pub text: String,
    /// The number in full precision (fractions, seconds), where it is one.
    pub value: Option<f64>,
}

impl Cell {
    /// A cell of text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            value: None,
        }
    }

    /// A number with the text that is shown for it.
    #[must_use]
    pub fn number(value: f64, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            value: value.is_finite().then_some(value),
        }
    }

    /// A count.
    #[must_use]
    pub fn count(n: u64) -> Self {
        #[allow(clippy::cast_precision_loss)] // counts of samples stay far below 2^53
        Self::number(n as f64, n.to_string())
    }
}

/// A table: caption, headers and rows of as many cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What it lists.
    pub caption: String,
    /// Column headings; units in brackets where a column has one.
    pub headers: Vec<String>,
    /// Rows; every row has as many cells as there are headings.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// The table as CSV (RFC 4180, CRLF): headings, then rows, numbers in full precision.
    ///
    /// Text that a spreadsheet would run as a formula (it starts with `=`, `+`, `-`, `@`, tab or carriage return) gets
    /// an apostrophe in front, as OWASP advises; numbers do not.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut out = String::new();
        let headers: Vec<Cell> = self.headers.iter().map(|h| Cell::text(h.as_str())).collect();
        for row in std::iter::once(&headers).chain(&self.rows) {
            for (index, cell) in row.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                match cell.value {
                    Some(value) => out.push_str(&value.to_string()),
                    None => push_text(&mut out, &cell.text),
                }
            }
            out.push_str("\r\n");
        }
        out
    }
}

/// Appends a text field: disarmed, and quoted where it needs to be.
fn push_text(out: &mut String, text: &str) {
    let is_formula = text
        .trim_start_matches(' ')
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if !is_formula && !text.contains(['"', ',', '\n', '\r', '\t']) {
        out.push_str(text);
        return;
    }
    out.push('"');
    if is_formula {
        out.push('\'');
    }
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_quotes_and_disarms_text_and_keeps_numbers_exact() {
        let table = Table {
            caption: String::new(),
            headers: vec!["name".to_owned(), "share, %".to_owned()],
            rows: vec![
                vec![Cell::text("=cmd|' /C calc'!A0"), Cell::number(-0.1, "−10 %")],
                vec![Cell::text("say \"hi\"\nthere"), Cell::text("")],
                vec![Cell::text(" @SUM(A1)"), Cell::count(1_000_000)],
            ],
        };
        assert_eq!(
            table.csv(),
            "name,\"share, %\"\r\n\"'=cmd|' /C calc'!A0\",-0.1\r\n\"say \"\"hi\"\"\nthere\",\r\n\"' @SUM(A1)\",1000000\r\n"
        );
    }
}
