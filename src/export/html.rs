//! One self-contained HTML: the program's one-file build with a review in it.

use crate::link::is_link;

/// Id of the element that holds the link in the one-file build.
pub const PLACE: &str = "assay-review-link";

/// `page`, the one-file build (`assay-single.html`, or the source of a page made from it), with `link` as its review.
///
/// `None` if the page has no place for a link, or `link` is none.
#[must_use]
pub fn filled(page: &str, link: &str) -> Option<String> {
    let fragment = link.get(link.find("#r")?..)?;
    // Only letters that cannot end the element that holds them.
    let is_safe = fragment
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'#' | b'.' | b'-' | b'_'));
    if !is_safe || !is_link(fragment) {
        return None;
    }
    let place = page.find(&format!("id=\"{PLACE}\""))?;
    let start = place + page.get(place..)?.find('>')? + 1;
    let end = start + page.get(start..)?.find("</script>")?;
    Some(format!("{}{fragment}{}", page.get(..start)?, page.get(end..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<body><script type="text/plain" id="assay-review-link"></script><script>1</script></body>"#;

    #[test]
    fn a_review_is_put_in_and_replaced() {
        let once = filled(PAGE, "https://example.org/#r1.p.2.AAAAAA.AA").unwrap();
        assert!(once.contains(r#"id="assay-review-link">#r1.p.2.AAAAAA.AA</script><script>1"#));
        let twice = filled(&once, "#r1.p.2.AAAAAA.BB").unwrap();
        assert!(twice.contains(">#r1.p.2.AAAAAA.BB</script>") && !twice.contains("AA.AA"));
    }

    #[test]
    fn nothing_but_a_link_is_put_in() {
        assert_eq!(filled(PAGE, "#r1.p.2.AAAAAA.</script><script>alert(1)"), None);
        assert_eq!(filled("<body></body>", "#r1.p.2.AAAAAA.AA"), None);
    }
}
