/**
 * The steps of an invite that is tried out.
 *
 * @module
 */

/** The steps, in their order. */
export type StepName =
  | "accept"
  | "policy"
  | "homeserver"
  | "store"
  | "person"
  | "outbox"
  | "time"
  | "mail"
  | "send";

/** What a step comes to. */
export interface Step {
  readonly step: StepName;
  /**
   * `ok`: it goes on. `wait`: it goes on later. `stop`: there is no email. `failed`: it cannot be told,
   * or an email cannot be made or sent. `skipped`: there is nothing to do.
   */
  readonly result: "ok" | "wait" | "stop" | "failed" | "skipped";
  /** One line, or several. It may contain text from outside as it is. */
  readonly text: string;
}

/** An email that would be sent. */
export interface SimulatedMail {
  readonly address: string;
  /** Where it goes in a trial; `undefined`: to the address. */
  readonly redirectedTo?: string | undefined;
  readonly from: string;
  readonly language: string;
  /** What it is made with. */
  readonly template: string;
  /** `undefined` where only the finished email has it. */
  readonly subject?: string | undefined;
  /** The transport, and the server. */
  readonly via: string;
}
