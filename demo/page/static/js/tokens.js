// The demo's tokens, and what stands in one.

const EARLY = 60; // seconds before its end at which a token is not used any more

// What each tier may read; gateway.yaml says so, and the gateway alone decides.
export const TIERS = {
  free: ["public"],
  standard: ["public", "internal"],
  enterprise: ["public", "internal", "confidential"],
};

export class Tokens {
  #held = null;

  async of(tier) {
    const held = await this.#fresh();
    return held.tokens.find((one) => one.tier === tier);
  }

  async stranger() {
    return (await this.#fresh()).stranger;
  }

  async tampered(kind) {
    return (await this.#fresh()).tampered[kind];
  }

  async #fresh() {
    if (this.#held && !this.#held.tokens.some((one) => endsSoon(one.token))) return this.#held;
    const answer = await fetch("tokens");
    if (!answer.ok) throw new Error(`the demo gives no tokens (${answer.status})`);
    this.#held = await answer.json();
    return this.#held;
  }
}

// The three parts of a token: two that anybody can read, and one that only the issuer could write.
export function decoded(token) {
  const [header, payload, signature] = token.split(".");
  return { parts: { header, payload, signature }, header: opened(header), payload: opened(payload) };
}

function opened(part) {
  const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

function endsSoon(token) {
  return decoded(token).payload.exp < Date.now() / 1000 + EARLY;
}
