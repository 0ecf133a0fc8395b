/**
 * One question to a REST endpoint, as mxisd's REST identity store had them.
 *
 * @module
 */

import { askForJson, askForStatus, type Exchange, refusal } from "./json_exchange.ts";
import { type ProfileAnswer, profileAnswer } from "./profile_answer.ts";

/**
 * Posts a question and reads the answer; `undefined` when the endpoint answers 404: no such user.
 *
 * @throws {StoreError} Whenever there is no answer, or none of this form.
 */
export async function postQuestion(
  url: string,
  question: unknown,
  exchange: Exchange,
): Promise<ProfileAnswer | undefined> {
  const request = { method: "POST", body: JSON.stringify(question) } as const;
  const result = await askForJson(url, request, profileAnswer, exchange);
  if ("answer" in result) return result.answer.profile ?? {};
  if (result.status === 404) return undefined;
  throw refusal(result.status, exchange.store);
}

/**
 * Whether an endpoint is there and lets us in, without asking it for anybody: OPTIONS changes
 * nothing, and whoever does not know it still answers.
 *
 * @throws {StoreError} When it is not, or does not.
 */
export async function probe(url: string, exchange: Exchange): Promise<void> {
  const status = await askForStatus(url, { method: "OPTIONS" }, exchange);
  const known = status < 300 || [400, 404, 405, 415, 422, 501].includes(status);
  if (!known) throw refusal(status, exchange.store);
}
