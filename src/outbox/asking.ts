/**
 * Rules that ask for what they need to know while they decide: the rule stays pure, and each adapter
 * looks the answers up in its own way.
 *
 * @module
 */

/** A rule: it yields questions, continues with their answers, and returns its decision. */
export type Asking<Question, Answer, Decision> = Generator<Question, Decision, Answer>;
