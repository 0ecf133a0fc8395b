/**
 * The results of settling claims.
 *
 * @module
 */

import type { SuppressionScope } from "./suppressions.ts";

/** The result of settling an invitation. */
export type InvitationSettled =
  /** As the outcome says; with the IDs of the mails that are now queued. */
  | { readonly kind: "settled"; readonly mails: readonly number[] }
  /** Suppressed for all addresses, in these scopes: the invitation has ended. */
  | { readonly kind: "suppressed"; readonly scopes: readonly SuppressionScope[] }
  /** The claim no longer holds (answered meanwhile, or expired): nothing was changed. */
  | { readonly kind: "lost" };

/** The result of settling a mail. */
export type MailSettled =
  /** As the outcome says. `next` is the mail to the person's next address, if one follows. */
  | { readonly kind: "settled"; readonly next?: number | undefined }
  /** Doubtful refusals have gone on for so long that the mail ends as rejected. */
  | { readonly kind: "rejected"; readonly reason: string; readonly next?: number | undefined }
  /** The claim had ended: nothing was changed. */
  | { readonly kind: "lost" };
