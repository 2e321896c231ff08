//! `assay export`: a review as files for people who open no page. `assay schema`: what a policy may hold.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::link::{finish, named};
use super::secret::Secret;
use crate::chart::{CHARTS, Frame, Subject};
use crate::export::{card, filled, markdown, with_whole};
use crate::link::encode;
use crate::report::Report;
use crate::review::Review;

/// Width of exported drawings, px.
const WIDTH: f64 = 720.0;

/// What `assay export` takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// The link, its part from `#r1.` on, or a .review.json file.
    #[arg(value_name = "LINK")]
    link: String,
    /// Folder to write to; made if it is not there.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// The program's one-file page (assay-single.html): also writes review.html, which opens without a network.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    #[command(flatten)]
    secret: Secret,
}

/// Writes the review and prints the names of the files, one a line. Exit code 0; 2 for what cannot be opened or written.
pub fn run(arguments: &Arguments) -> ExitCode {
    let written =
        named(&arguments.link, &arguments.secret).and_then(|review| files(&review, arguments.page.as_deref()));
    finish(written.and_then(|files| write(&arguments.out, &files)))
}

/// Prints the JSON Schema of a policy. Exit code 0.
pub fn schema() -> ExitCode {
    finish(Ok(format!("{:#}\n", crate::review::policy::schema())))
}

/// A file to write: its name and its text.
type Named = (String, String);

/// Every file of `review`.
fn files(review: &Review, page: Option<&Path>) -> Result<Vec<Named>, String> {
    let mut files = vec![
        ("review.json".to_owned(), review.to_json()),
        ("review.md".to_owned(), markdown(review, None)),
        ("card.md".to_owned(), card(review, None)),
    ];
    if let Some(policy) = &review.state.policy {
        files.push(("assay.policy.toml".to_owned(), policy.to_toml()));
    }
    for (place, report) in (1..).zip(&review.reports) {
        let prefix = match review.reports.len() {
            1 => String::new(),
            _ => format!("run-{place}."),
        };
        files.extend(charts(report, &prefix));
    }
    if let Some(page) = page {
        files.push(("review.html".to_owned(), html(review, page)?));
    }
    Ok(files)
}

/// Each chart of `report` as a drawing and as a table.
fn charts(report: &Report, prefix: &str) -> Vec<Named> {
    let subject = Subject::of(report);
    let drawn = CHARTS
        .iter()
        .filter_map(|kind| Some((kind.id, (kind.draw)(&subject, &Frame::new(WIDTH))?)));
    drawn
        .flat_map(|(id, chart)| {
            [
                (format!("{prefix}{id}.svg"), chart.standalone()),
                (format!("{prefix}{id}.csv"), chart.table.csv()),
            ]
        })
        .collect()
}

/// `page` with the review in it.
fn html(review: &Review, page: &Path) -> Result<String, String> {
    let name = page.display();
    let text = std::fs::read_to_string(page).map_err(|error| {
        format!(
            "The page {name} cannot be read: {}.",
            crate::read::disk::why(page, &error)
        )
    })?;
    let link = encode(review).map_err(|error| error.to_string())?;
    // A page of an earlier build has no place for the whole; the link's copy is in it all the same.
    let text = with_whole(&text, Some(review)).unwrap_or(text);
    filled(&text, &link).ok_or_else(|| {
        format!("{name} has no place for a review. Give the assay-single.html that a build leaves in dist.")
    })
}

fn write(folder: &Path, files: &[Named]) -> Result<String, String> {
    let unwritten = |path: &Path, error: std::io::Error| format!("{} cannot be written: {error}.", path.display());
    std::fs::create_dir_all(folder).map_err(|error| unwritten(folder, error))?;
    let mut names = String::new();
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| unwritten(&path, error))?;
        names.push_str(&format!("{}\n", path.display()));
    }
    Ok(names)
}
