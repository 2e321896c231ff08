//! One self-contained HTML: the program's one-file build with a review in it.

use crate::{link::is_link, review::Review};

/// Id of the element that holds the link in the one-file build.
pub const PLACE: &str = "assay-review-link";
/// Id of the element that holds the review in full.
pub const WHOLE: &str = "assay-review-whole";

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
    put(page, PLACE, fragment)
}

/// `page` with `review` in it, history and all, as data that no browser runs; `None` empties its place.
///
/// `None` if the page, made by an earlier build, has no place for it.
#[must_use]
pub fn with_whole(page: &str, review: Option<&Review>) -> Option<String> {
    // In JSON this letter stands in texts only, where it may be written so; without it nothing ends the element.
    let text = review
        .map(|review| review.to_json().replace('<', "\\u003c"))
        .unwrap_or_default();
    put(page, WHOLE, &text)
}

/// `page` with `text` as what the element called `id` holds.
fn put(page: &str, id: &str, text: &str) -> Option<String> {
    let place = page.find(&format!("id=\"{id}\""))?;
    let start = place + page.get(place..)?.find('>')? + 1;
    let end = start + page.get(start..)?.find("</script>")?;
    Some(format!("{}{text}{}", page.get(..start)?, page.get(end..)?))
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
    fn the_whole_review_is_put_in_cannot_end_its_element_and_goes_again() {
        let page = r#"<script type="application/json" id="assay-review-whole"></script><script>1</script>"#;
        let mut review = Review::default();
        review.state.title = "</script><!--<script>".to_owned();
        let once = with_whole(page, Some(&review)).unwrap();
        let start = once.find('>').unwrap() + 1;
        let text = &once[start..once.find("</script>").unwrap()];
        assert_eq!(Review::from_json(text).unwrap().state.title, review.state.title);
        assert_eq!(with_whole(&once, None).as_deref(), Some(page));
        assert_eq!(with_whole(PAGE, Some(&review)), None);
    }

    #[test]
    fn nothing_but_a_link_is_put_in() {
        assert_eq!(filled(PAGE, "#r1.p.2.AAAAAA.</script><script>alert(1)"), None);
        assert_eq!(filled("<body></body>", "#r1.p.2.AAAAAA.AA"), None);
    }
}
