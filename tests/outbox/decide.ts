import type { Asking } from "../../src/outbox/asking.ts";

/** Takes a rule to its decision. */
export function decide<Question, Answer, Decision>(
  rule: Asking<Question, Answer, Decision>,
  answer: (question: Question) => Answer,
): Decision {
  let next = rule.next();
  while (!next.done) next = rule.next(answer(next.value));
  return next.value;
}
