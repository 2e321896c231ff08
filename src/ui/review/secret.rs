//! Reviews under a passphrase: asked for where one arrives, chosen where one is shared.

use leptos::{html, prelude::*, task::spawn_local};

use super::{address, desk};
use crate::{
    seal::{self, Chance},
    ui::{
        action,
        state::State,
        worker::{
            Failure,
            message::{Seal, Sealing},
        },
    },
};

/// Something encrypted that waits for its passphrase.
#[derive(Clone, Debug, PartialEq)]
pub enum Sealed {
    /// A link.
    Link(String),
    /// A review file.
    File {
        /// Its name.
        name: String,
        /// What it holds.
        text: String,
    },
}

/// Random bytes of the browser.
fn random<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    let filled = window()
        .crypto()
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    filled
        .map(|_| bytes)
        .map_err(|_| "This browser gives the page no random numbers, so nothing can be encrypted here.".to_owned())
}

/// Has the worker seal or open something.
///
/// # Errors
/// Why it was not, in words.
pub async fn ask(state: State, what: Sealing, passphrase: String) -> Result<String, String> {
    let chance: Chance = random()?;
    let thread = action::worker(state).ok_or("The reader could not start, so nothing can be encrypted.")?;
    let question = Seal {
        what,
        passphrase,
        chance,
    };
    let answer = thread.ask(question, |_| ()).answer().await;
    answer.map_err(|failure: Failure| failure.to_string())
}

/// Asks for the passphrase of what arrived.
#[component]
pub fn PassphraseDialog() -> impl IntoView {
    let state = expect_context::<State>();
    let dialog = NodeRef::<html::Dialog>::new();
    let sealed = state.desk.sealed;
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match sealed.get() {
            Some(_) if !dialog.open() => drop(dialog.show_modal()),
            None if dialog.open() => dialog.close(),
            _ => {}
        }
    });
    view! {
        <dialog class="dialog" node_ref=dialog on:close=move |_| sealed.set(None) aria-label="Encrypted review">
            {move || sealed.get().map(|sealed| view! { <Question state sealed /> })}
        </dialog>
    }
}

#[component]
fn Question(state: State, sealed: Sealed) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let refused = RwSignal::new(String::new());
    let is_busy = RwSignal::new(false);
    let words = match &sealed {
        Sealed::Link(_) => "This link is encrypted.".to_owned(),
        Sealed::File { name, .. } => format!("{name} is encrypted."),
    };
    let open = move || {
        let passphrase = input.get_untracked().map(|input| input.value()).unwrap_or_default();
        let sealed = sealed.clone();
        is_busy.set(true);
        refused.set(String::new());
        spawn_local(async move {
            let outcome = open(state, sealed, passphrase).await;
            is_busy.try_set(false);
            match outcome {
                Ok(()) => state.desk.sealed.set(None),
                Err(why) => drop(refused.try_set(why)),
            }
        });
    };
    view! {
        <h2>{words}</h2>
        <p class="missing small">
            "Its passphrase came to you another way than the review itself. It is used in this browser only and not kept."
        </p>
        <form
            on:submit=move |event| {
                event.prevent_default();
                open();
            }
        >
            <label class="typed">
                <span>"Passphrase"</span>
                <input type="password" node_ref=input autocomplete="off" autofocus />
            </label>
            <p role="alert" class="refused">{move || refused.get()}</p>
            <div class="tools">
                <button type="submit" class="primary" disabled=move || is_busy.get()>
                    {move || if is_busy.get() { "Opening …" } else { "Open the review" }}
                </button>
                <button type="button" on:click=move |_| state.desk.sealed.set(None)>"Not now"</button>
            </div>
        </form>
    }
}

async fn open(state: State, sealed: Sealed, passphrase: String) -> Result<(), String> {
    match sealed {
        Sealed::Link(link) => {
            let fragment = ask(state, Sealing::OpenLink(link.clone()), passphrase).await?;
            if address::show(state, &fragment, address::is_own(&link)) {
                state.desk.is_secret.set(true);
                address::keep(state, &link);
                state.desk.source.update(|source| {
                    source.push_str(
                        " It came encrypted: the address bar keeps the link as it came, and what you change is kept in this browser without encryption.",
                    );
                });
            }
        }
        Sealed::File { name, text } => {
            let text = ask(state, Sealing::OpenFile(text), passphrase).await?;
            desk::take_review(state, &name, &text);
            state.desk.is_secret.set(true);
        }
    }
    Ok(())
}

/// The choice of a passphrase for what is shared; `None`: nothing is encrypted.
#[component]
pub fn PassphraseChoice(
    /// What is typed.
    passphrase: RwSignal<Option<String>>,
) -> impl IntoView {
    let state = expect_context::<State>();
    let input = NodeRef::<html::Input>::new();
    let strength = move || passphrase.with(|own| own.as_deref().map(seal::strength));
    let suggest = move |_| match random() {
        Ok(bytes) => {
            let suggested = seal::suggested(&bytes);
            if let Some(input) = input.get_untracked() {
                input.set_value(&suggested);
            }
            passphrase.set(Some(suggested));
        }
        Err(why) => state.say(why),
    };
    let is_on = Memo::new(move |_| passphrase.with(Option::is_some));
    view! {
        <label class="option">
            <input
                type="checkbox"
                on:change:target=move |event| passphrase.set(event.target().checked().then(String::new))
            />
            "Encrypt link and file with a passphrase"
        </label>
        <Show when=move || is_on.get()>
            <div class="passphrase">
                <label class="typed">
                    <span>"Passphrase"</span>
                    <input
                        type="text"
                        node_ref=input
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        on:input:target=move |event| passphrase.set(Some(event.target().value()))
                    />
                </label>
                <button type="button" on:click=suggest>"Suggest one"</button>
            </div>
            <p class="small" role="status">
                {move || match strength() {
                    Some(_) if passphrase.with(|own| own.as_deref() == Some("")) => {
                        "Until a passphrase is given, there is no link to copy.".to_owned()
                    }
                    Some(strength) => format!("Strength: {}.", strength.words()),
                    None => String::new(),
                }}
            </p>
            <p class="missing small">
                "Send the passphrase by another way than the link. Nobody can open the review without it, and it cannot be recovered. Markdown, eval card and print are not encrypted."
            </p>
        </Show>
    }
}
