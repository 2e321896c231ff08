// A simulated model for promptfoo that sorts support tickets. It knows the right label from a word in the ticket and
// lets a hash decide whether it errs, how sure it says it is and how long it takes. No network model is asked.

const { createHash } = require('node:crypto');

const WORDS = { billing: /invoice|charged|refund|price|card/i, delivery: /parcel|courier|shipped|address|arrive/i, account: /password|login|e-mail|sign in|profile/i, defect: /broken|crash|noise|screen|battery/i };
const LABELS = Object.keys(WORDS);

/** A number in [0, 1) fixed by the parts. */
function share(...parts) {
  return createHash('sha256').update(parts.join('|')).digest().readUIntBE(0, 6) / 2 ** 48;
}

module.exports = class Simulated {
  constructor(options) {
    this.config = options.config || {};
  }

  id() {
    return `simulated:${this.config.name}`;
  }

  async callApi(prompt) {
    const { name, skill, boldness, medianMs, tail, price } = this.config;
    const ticket = prompt.split('Ticket: ')[1];
    const thinks = prompt.includes('step by step');
    const seed = (what) => share(name, thinks, ticket, what);
    const normal = Math.sqrt(-2 * Math.log(seed('u') + 1e-9)) * Math.cos(2 * Math.PI * seed('v'));
    const latencyMs = Math.round(medianMs * (thinks ? 2.2 : 1) * Math.exp(0.4 * normal) * (seed('slow') < tail ? 5 : 1));
    await new Promise((done) => setTimeout(done, latencyMs));
    if (seed('error') < 0.02) return { error: 'simulated model: connection reset' };
    const right = LABELS.find((label) => WORDS[label].test(ticket));
    const hard = 0.5 * share(ticket, 'hard') + 0.5 * seed('roll') - (thinks ? 0.06 : 0);
    const wrong = LABELS[(LABELS.indexOf(right) + 1 + Math.floor(3 * seed('which'))) % 4];
    const confidence = Number(Math.min(0.99, Math.max(0.5, 0.98 - 0.45 * hard + boldness)).toFixed(2));
    const label = hard < skill ? right : wrong;
    let output = JSON.stringify({ label, confidence });
    if (seed('form') < this.config.chatty) output = `The ticket is about ${label}.`;
    if (seed('refuse') < 0.015) output = 'I cannot process personal data.';
    const completion = Math.ceil(output.length / 4) + (thinks ? 60 + Math.floor(80 * seed('length')) : 0);
    const tokens = Math.ceil(prompt.length / 4);
    return { output, latencyMs, tokenUsage: { prompt: tokens, completion, total: tokens + completion }, cost: Number((price * (tokens + 4 * completion) * 1e-6).toFixed(8)) };
  }
};
