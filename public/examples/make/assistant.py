"""Run Inspect AI on a multilingual assistant, once with a baseline model and once with a candidate.

Run: python assistant.py OUT_DIR   (pip install inspect-ai==0.3.285)

The harness, the items and the scoring are real. The two models are simulated: each works out the right answer from
the question, then lets a hash of the question decide whether to slip, refuse, drift into English or run long, how
sure it says it is, and how long it takes. No network model was asked, and nothing here says anything about one.
"""

import asyncio
import hashlib
import math
import re
import shutil
import sys
import tempfile
from pathlib import Path

from inspect_ai import Task, eval, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.model import ChatCompletionChoice, ChatMessageAssistant, GenerateConfig, ModelAPI, ModelCall, ModelOutput, ModelUsage, modelapi
from inspect_ai.scorer import Score, accuracy, scorer, stderr
from inspect_ai.solver import generate

# Question templates by language and topic. `{a}`, `{b}`, `{c}` are numbers, `{s}` a weekday.
ASK = {
    "en": {"total": "I buy {a} items at {b} euros each. What is the total?", "change": "I pay {a} euros with a note of {b}. How much change?", "metric": "How many metres are {a} kilometres and {b} metres?", "minutes": "A trip takes {a} hours and {b} minutes. How many minutes is that?"},
    "de": {"total": "Ich kaufe {a} Stück zu je {b} Euro. Was kostet das zusammen?", "change": "Ich zahle {a} Euro mit einem Schein über {b}. Wie viel Rückgeld?", "metric": "Wie viele Meter sind {a} Kilometer und {b} Meter?", "minutes": "Eine Fahrt dauert {a} Stunden und {b} Minuten. Wie viele Minuten sind das?"},
    "fr": {"total": "J'achète {a} articles à {b} euros. Quel est le total ?", "change": "Je paie {a} euros avec un billet de {b}. Combien de monnaie ?", "metric": "Combien de mètres font {a} kilomètres et {b} mètres ?", "minutes": "Un trajet dure {a} heures et {b} minutes. Combien de minutes ?"},
    "es": {"total": "Compro {a} artículos a {b} euros. ¿Cuál es el total?", "change": "Pago {a} euros con un billete de {b}. ¿Cuánto cambio?", "metric": "¿Cuántos metros son {a} kilómetros y {b} metros?", "minutes": "Un viaje dura {a} horas y {b} minutos. ¿Cuántos minutos son?"},
    "sw": {"total": "Ninanunua vitu {a} kwa euro {b} kila kimoja. Jumla ni ngapi?", "change": "Ninalipa euro {a} kwa noti ya {b}. Chenji ni ngapi?", "metric": "Kilomita {a} na mita {b} ni mita ngapi?", "minutes": "Safari huchukua saa {a} na dakika {b}. Ni dakika ngapi?"},
}
SAY = {"en": "The answer is", "de": "Die Antwort ist", "fr": "La réponse est", "es": "La respuesta es", "sw": "Jibu ni"}
PER_LANGUAGE = {"en": 200, "de": 130, "fr": 120, "es": 110, "sw": 80}
SOLVE = {"total": lambda a, b: a * b, "change": lambda a, b: b - a, "metric": lambda a, b: 1000 * a + b, "minutes": lambda a, b: 60 * a + b}


def share(*parts):
    """A number in [0, 1) fixed by the parts."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def numbers(topic, i):
    """Two numbers for item `i` of a topic, harder as `i` grows."""
    a, b = 3 + i * 7 % 61, 2 + i * 13 % 47
    return {"total": (a, b), "change": (a, 100 if a > 50 else 50 if a > 20 else 20), "metric": (1 + a % 30, 10 * b + 5), "minutes": (1 + a % 9, b)}[topic]


def questions():
    """The 640 items, all different: (id, language, topic, question, answer)."""
    for language, count in PER_LANGUAGE.items():
        seen = set()
        i = 0
        while len(seen) < count:
            topic = list(SOLVE)[i % 4]
            a, b = numbers(topic, i)
            text = ASK[language][topic].format(a=a, b=b)
            i += 1
            if text not in seen:
                seen.add(text)
                yield f"{language}-{len(seen):03d}", language, topic, text, SOLVE[topic](a, b)


TRUTH = {text: (language, topic, answer) for _, language, topic, text, answer in questions()}

# How the simulated models behave: chance of a right answer by language, how boldly they state it, how long they take.
MODELS = {
    "candidate": {"right": {"en": 0.90, "de": 0.85, "fr": 0.84, "es": 0.83, "sw": 0.50}, "top": 1.0, "range": 0.3, "blind": 0.4, "median": 0.9, "spread": 0.55, "slow": 0.05, "refuse": 0.015, "drift": 0.25},
    "baseline": {"right": {"en": 0.82, "de": 0.77, "fr": 0.74, "es": 0.76, "sw": 0.52}, "top": 0.98, "range": 0.45, "blind": 0.0, "median": 1.3, "spread": 0.35, "slow": 0.01, "refuse": 0.03, "drift": 0.10},
}


class Simulated(ModelAPI):
    """One of MODELS, chosen by the model name. Says how sure it is; the candidate says so too boldly."""

    def __init__(self, model_name, base_url=None, api_key=None, config=GenerateConfig(), **model_args):
        super().__init__(model_name, base_url, api_key, [], config)
        self.kind = model_name.rsplit("-", 1)[-1]
        self.traits = MODELS[self.kind]

    async def generate(self, input, tools, tool_choice, config):
        question = input[-1].text
        text, stop = self.answer(question)
        tokens = len(text) // 3 + 1 + (380 if stop == "max_tokens" else 0)
        seconds = self.seconds(question, tokens)
        await asyncio.sleep(seconds)
        if share(self.kind, question, "down") < 0.012:
            raise RuntimeError("503 Service Unavailable (simulated)")
        message = ChatMessageAssistant(content=text, source="generate")
        usage = ModelUsage(input_tokens=len(question) // 3, output_tokens=tokens, total_tokens=len(question) // 3 + tokens)
        output = ModelOutput(model=self.model_name, choices=[ChatCompletionChoice(message=message, stop_reason=stop)], usage=usage)
        return output, ModelCall(request={}, response={}, time=round(seconds, 4))

    def seconds(self, question, tokens):
        """Log-normal, with a slow path for some calls (a queue, a cold start)."""
        u, v = max(share(self.kind, question, "u"), 1e-9), share(self.kind, question, "v")
        normal = math.sqrt(-2 * math.log(u)) * math.cos(2 * math.pi * v)
        slow = 4.5 if share(self.kind, question, "slow") < self.traits["slow"] else 1.0
        return self.traits["median"] * math.exp(self.traits["spread"] * normal) * slow + 0.004 * tokens

    def answer(self, question):
        """Text and stop reason."""
        language, topic, truth = TRUTH[question]
        roll = share("item", question) * 0.45 + share(self.kind, question, "right") * 0.55
        # The shared part makes both models find the same items hard; the sum of two uniforms is brought back to one.
        chance = triangle(roll)
        right = chance < self.traits["right"][language]
        doubt = 0.3 * chance + 0.7 * share(self.kind, question, "doubt")
        sure = self.traits["top"] - self.traits["range"] * doubt - (0.05 if language == "sw" else 0)
        if share(self.kind, question, "blind") < self.traits["blind"]:
            sure = 0.99 - 0.06 * share(self.kind, question, "shade")
        sure = min(0.99, sure)
        sure = round(sure * 20) / 20 if sure < 0.93 else round(sure, 2)
        said = SAY[language]
        if share(self.kind, question, "refuse") < self.traits["refuse"] * (3 if language == "sw" else 1):
            return "I am sorry, I cannot help with that.", "content_filter"
        if share(self.kind, question, "long") < 0.012:
            return f"{question} Let me go through this step by step, checking each number twice ...", "max_tokens"
        if language != "en" and share(self.kind, question, "drift") < self.traits["drift"] * (1 if not right else 0.02):
            said = SAY["en"]
        value = truth if right else self.slip(question, topic, truth)
        return f"{said} {value}.\nConfidence: {sure:.2f}", "stop"

    def slip(self, question, topic, truth):
        """A wrong number of the kind people make: a factor of ten, a digit, the other unit."""
        kind = share(self.kind, question, "slip")
        if topic in ("metric", "minutes") and kind < 0.45:
            return truth // 10 if topic == "metric" else truth + 40
        return truth + (10 if kind < 0.75 else -1 if truth > 1 else 2)


def triangle(x):
    """Distribution function of 0.45 U + 0.55 V, so that the result is uniform."""
    a, b = 0.45, 0.55
    if x < a:
        return x * x / (2 * a * b)
    if x < b:
        return (x - a / 2) / b
    return 1 - (1 - x) ** 2 / (2 * a * b)


@modelapi(name="simulated")
def simulated():
    return Simulated


@scorer(metrics=[accuracy(), stderr()])
def right_answer():
    """Right when the number and the language are right; otherwise names the failure. Confidence as the model stated it."""

    async def score(state, target):
        text, language = state.output.completion, state.metadata["language"]
        sure = re.search(r"Confidence: ([\d.]+)", text)
        metadata = {"confidence": float(sure.group(1))} if sure else {}
        found = re.search(r"(-?\d+)\.\n", text)
        failure = failed(state.output.stop_reason, found and int(found.group(1)), int(target.text), text.startswith(SAY[language]))
        if failure:
            metadata["failure"] = failure
        return Score(value="I" if failure else "C", answer=found and found.group(1), metadata=metadata)

    return score


def failed(stop, said, truth, own_language):
    """The failure category, or None."""
    if stop == "content_filter":
        return "refusal"
    if stop == "max_tokens" or said is None:
        return "cut off"
    if not own_language:
        return "wrong language"
    if said == truth:
        return None
    if said * 10 in range(truth - 9, truth + 1) or said == truth + 40:
        return "unit slip"
    return "arithmetic slip"


@task
def shop_assistant():
    samples = [
        Sample(id=key, input=text, target=str(answer), metadata={"language": language, "topic": topic, "length": "long" if len(text) > 55 else "short"})
        for key, language, topic, text, answer in questions()
    ]
    return Task(dataset=MemoryDataset(samples, name="shop-questions"), solver=generate(), scorer=right_answer(), version=1)


def main(out):
    for kind in MODELS:
        with tempfile.TemporaryDirectory() as logs:
            eval(
                shop_assistant(), model=f"simulated/assistant-{kind}", log_dir=logs, log_format="eval", display="none", log_level="error",
                max_samples=64, max_connections=64, fail_on_error=False, log_model_api=False, score=True,
            )
            log = read_eval_log(str(next(Path(logs).glob("*.eval"))))
            # The transcript of each sample repeats what the sample says; without it the file is a third of the size.
            for sample in log.samples:
                sample.events, sample.attachments, sample.events_data, sample.timelines = [], {}, None, None
                if sample.error:
                    sample.error.traceback = sample.error.traceback_ansi = ""
            kept = Path(logs) / "kept.eval"
            write_eval_log(log, str(kept))
            shutil.copyfile(kept, out / f"assistant-{kind}.eval")


main(Path(sys.argv[1]).resolve())
