//! What has to hold of any input: nothing panics, and what was understood can be told again. The fuzz targets call these
//! without end, `tests/fuzz.rs` on a bounded number of damaged fixtures.

use assay::link::{decode, encode};
use assay::read::{Next, ReadOptions, Session};
use assay::review::{Policy, Review};
use assay::{export, seal};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A link as somebody may paste it.
pub fn link(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = assay::link::is_link(text);
    let _ = export::filled("<script id=\"assay-review-link\"></script>", text);
    match decode(text) {
        Ok(review) => told_again(&review),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// What stands in a link whose length and checksum are right.
pub fn payload(data: &[u8]) {
    let payload = URL_SAFE_NO_PAD.encode(data);
    for codec in ["p", "q"] {
        let hash = crc32fast::hash(format!("{codec}{payload}").as_bytes());
        let check = URL_SAFE_NO_PAD.encode(hash.to_be_bytes());
        link(format!("#r1.{codec}.{}.{check}.{payload}", payload.len()).as_bytes());
    }
}

fn told_again(review: &Review) {
    let _ = export::markdown(review, None);
    let _ = export::card(review, None);
    let link = encode(review).expect("what fits into a link fits again");
    decode(&link).expect("what was written is read");
}

/// A policy, TOML or JSON.
pub fn policy(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Policy::parse(text) {
        Ok(policy) => {
            let written = policy.to_toml();
            assert_eq!(Policy::parse(&written).as_ref(), Ok(&policy), "{written}");
        }
        Err(errors) => assert!(!errors.is_empty()),
    }
}

/// A `.review.json`.
pub fn review(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(review) = Review::from_json(text) {
        let again = Review::from_json(&review.to_json()).expect("what was written is read");
        assert_eq!(again.state, review.state);
        let _ = export::card(&review, None);
        let _ = encode(&review);
    }
}

/// A file under a passphrase. The header's rounds are kept small: their bound is tested elsewhere.
pub fn sealed(data: &[u8]) {
    let mut bytes = data.to_vec();
    if let Some(rounds) = bytes.get_mut(1..5) {
        rounds.copy_from_slice(&1_u32.to_be_bytes());
    }
    let text = format!(
        "{{\"schema\":\"assay-sealed/1\",\"how\":\"\",\"sealed\":\"{}\"}}",
        URL_SAFE_NO_PAD.encode(bytes)
    );
    assert!(seal::open_file(&text, "passphrase").is_err());
}

/// A result file of any format; its first byte says in which pieces it arrives.
pub fn reader(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let mut session = Session::new(ReadOptions::default());
    session.begin("file");
    for piece in rest.chunks(usize::from(*first) * 16 + 1) {
        if session.feed(piece) == Next::Seek {
            session.seek(Box::new(std::io::Cursor::new(rest.to_vec())));
            while session.step() {}
            let _ = session.finish();
            return;
        }
    }
    session.end();
    let loaded = session.finish();
    for run in &loaded.runs {
        assert_eq!(run.samples.ids.len(), run.samples.outcomes.len());
    }
}
