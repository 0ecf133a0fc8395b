/**
 * Defines the tables of the SQLite outbox as numbered migrations.
 *
 * @module
 */

import { RELEASED } from "./versions/released.ts";

/**
 * The migrations. Each runs once, in one transaction that also sets its number. A released one is never
 * changed.
 */
export const MIGRATIONS: readonly string[] = [
  ...RELEASED,
  `
  -- Refusals that may be about the recipient, or about us.
  ALTER TABLE mails ADD COLUMN doubt_first INTEGER;
  ALTER TABLE mails ADD COLUMN doubt_last INTEGER;
  ALTER TABLE mails ADD COLUMN doubt_count INTEGER;
  -- Whether the last attempt never got the final reply.
  ALTER TABLE mails ADD COLUMN hung INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX mails_sent_at ON mails (sent_at) WHERE sent_at IS NOT NULL;
  -- Where a mail goes that its address refuses: JSON.
  ALTER TABLE mails ADD COLUMN failover TEXT;

  -- How many claims of a mail may have reached a mail server, when its first invitation was received,
  -- and how long the next mail waits after it was sent.
  ALTER TABLE mails ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE mails ADD COLUMN first_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE mails ADD COLUMN digest_window INTEGER;
  UPDATE mails SET tries = fence, first_at = queued_at WHERE state IN ('queued', 'sending');
  CREATE INDEX mails_of_person ON mails (user_id, address, id)
    WHERE state IN ('queued', 'sending') AND kind <> 'reminder';
  CREATE INDEX mails_sent_to_person ON mails (user_id, address, sent_at)
    WHERE sent_at IS NOT NULL AND kind <> 'reminder';
  CREATE INDEX mails_gathering ON mails (user_id)
    WHERE state = 'queued' AND reason = 'more invitations';

  -- When the row was deferred because the transport or the identity stores failed, until it is claimed
  -- and settled otherwise.
  ALTER TABLE invitations ADD COLUMN outage_at INTEGER;
  ALTER TABLE mails ADD COLUMN outage_at INTEGER;

  -- Whether a user of the homeserver invites, and the inviter's server. "own" is set by refreshOwn,
  -- as SQL does not have the homeserver's name.
  ALTER TABLE invitations ADD COLUMN own INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE invitations ADD COLUMN server TEXT NOT NULL DEFAULT '';
  UPDATE invitations SET server = lower(substr(inviter, instr(inviter, ':') + 1))
    WHERE instr(inviter, ':') > 0;
  ALTER TABLE mails ADD COLUMN own INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE mails ADD COLUMN server TEXT NOT NULL DEFAULT '';
  UPDATE mails SET server = COALESCE((
    SELECT server FROM mail_invitations JOIN invitations ON invitations.id = invitation_id
    WHERE mail_id = mails.id ORDER BY invitation_id LIMIT 1), '');

  -- Whether it was older than notify.maxAge, and came while the homeserver was catching up.
  ALTER TABLE invitations ADD COLUMN late INTEGER NOT NULL DEFAULT 0;

  -- Whether the invitee joined the room, the administrator wanted it tried again, and a mail that was
  -- sent was about it.
  ALTER TABLE invitations ADD COLUMN joined INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE invitations ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE mail_invitations ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
  UPDATE mail_invitations SET told = 1
    WHERE mail_id IN (SELECT id FROM mails WHERE state = 'sent');
  UPDATE invitations SET joined = 1 WHERE answered = 1 AND EXISTS (
    SELECT 1 FROM timeline WHERE invitation_id = invitations.id AND step = 'answered'
      AND data LIKE '%"joined"%');
  CREATE INDEX invitations_past ON invitations (room_id, invitee, id)
    WHERE state = 'resolved' AND joined = 0;

  -- What is parked waits for the limit of that name and is not due. The rows that count against a
  -- limit have the time of their slot; "wake_ups" has the next free slot of each key, and how many
  -- strangers' rows it let go.
  ALTER TABLE invitations ADD COLUMN parked TEXT;
  ALTER TABLE invitations ADD COLUMN inviter_slot_at INTEGER;
  ALTER TABLE invitations ADD COLUMN server_slot_at INTEGER;
  ALTER TABLE invitations ADD COLUMN room_slot_at INTEGER;
  ALTER TABLE invitations ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
  UPDATE invitations
    SET inviter_slot_at = resolved_at, server_slot_at = resolved_at, room_slot_at = resolved_at
    WHERE resolved_at IS NOT NULL;
  UPDATE invitations SET parked = 'inviter', due_at = received_at
    WHERE state = 'pending' AND lease_until IS NULL AND reason = 'inviter limit';
  ALTER TABLE mails ADD COLUMN parked TEXT;
  ALTER TABLE mails ADD COLUMN slot_at INTEGER;
  ALTER TABLE mails ADD COLUMN overall_slot_at INTEGER;
  ALTER TABLE mails ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
  UPDATE mails SET slot_at = sent_at, overall_slot_at = sent_at WHERE sent_at IS NOT NULL;
  UPDATE mails SET parked = 'address', due_at = queued_at
    WHERE state = 'queued' AND reason = 'address limit';
  CREATE TABLE wake_ups (
    id INTEGER PRIMARY KEY,
    parked TEXT NOT NULL,
    key ANY NOT NULL,
    at INTEGER NOT NULL,
    served INTEGER NOT NULL DEFAULT 0,
    UNIQUE (parked, key)
  ) STRICT;
  CREATE INDEX wake_ups_at ON wake_ups (parked, at);

  -- The slots of rows that were deleted. The key of an address is its hash.
  CREATE TABLE kept_slots (
    id INTEGER PRIMARY KEY,
    parked TEXT NOT NULL,
    key ANY NOT NULL,
    at INTEGER NOT NULL,
    own INTEGER NOT NULL,
    server TEXT NOT NULL
  ) STRICT;
  CREATE INDEX kept_slots_key ON kept_slots (parked, key, at);
  CREATE INDEX kept_slots_at ON kept_slots (at);

  DROP INDEX invitations_resolved;
  DROP INDEX invitations_limited;
  CREATE INDEX invitations_inviter_slots ON invitations (inviter, inviter_slot_at)
    WHERE inviter_slot_at IS NOT NULL;
  CREATE INDEX invitations_server_slots ON invitations (server, server_slot_at)
    WHERE server_slot_at IS NOT NULL;
  CREATE INDEX invitations_room_slots ON invitations (room_id, room_slot_at)
    WHERE room_slot_at IS NOT NULL;
  CREATE INDEX invitations_room_strangers_slots ON invitations (room_id, room_slot_at)
    WHERE room_slot_at IS NOT NULL AND own = 0;
  DROP INDEX invitations_due;
  CREATE INDEX invitations_due ON invitations (own, due_at, id)
    WHERE state = 'pending' AND lease_until IS NULL AND parked IS NULL;
  CREATE INDEX invitations_expected ON invitations (invitee, own, due_at)
    WHERE state = 'pending' AND parked IS NULL AND deferred_since IS NULL;
  CREATE INDEX invitations_parked_inviter ON invitations (parked, inviter, own DESC, turn, id)
    WHERE state = 'pending' AND parked IS NOT NULL;
  CREATE INDEX invitations_parked_server ON invitations (parked, server, own DESC, turn, id)
    WHERE state = 'pending' AND parked IS NOT NULL;
  CREATE INDEX invitations_parked_room ON invitations (parked, room_id, own DESC, turn, id)
    WHERE state = 'pending' AND parked IS NOT NULL;
  CREATE INDEX invitations_parked_room_servers ON invitations (parked, room_id, server, turn)
    WHERE state = 'pending' AND parked IS NOT NULL;
  DROP INDEX mails_due;
  CREATE INDEX mails_due ON mails (own, due_at, id) WHERE state = 'queued' AND parked IS NULL;
  CREATE INDEX invitations_outage ON invitations (outage_at)
    WHERE state = 'pending' AND lease_until IS NULL AND parked IS NULL AND outage_at IS NOT NULL;
  CREATE INDEX mails_outage ON mails (outage_at)
    WHERE state = 'queued' AND parked IS NULL AND outage_at IS NOT NULL;
  DROP INDEX mails_sent;
  DROP INDEX mails_sending;
  DROP INDEX mails_limited;
  CREATE INDEX mails_slots ON mails (address_key, slot_at) WHERE slot_at IS NOT NULL;
  CREATE INDEX mails_strangers_slots ON mails (address_key, slot_at)
    WHERE slot_at IS NOT NULL AND own = 0;
  CREATE INDEX mails_overall_slots ON mails (overall_slot_at) WHERE overall_slot_at IS NOT NULL;
  CREATE INDEX mails_overall_strangers_slots ON mails (overall_slot_at)
    WHERE overall_slot_at IS NOT NULL AND own = 0;
  CREATE INDEX mails_overall_servers_slots ON mails (server, overall_slot_at)
    WHERE overall_slot_at IS NOT NULL AND own = 0;
  CREATE INDEX mails_parked_address ON mails (parked, address_key, own DESC, turn, id)
    WHERE state = 'queued' AND parked IS NOT NULL;
  CREATE INDEX mails_parked_address_servers ON mails (parked, address_key, server, turn)
    WHERE state = 'queued' AND parked IS NOT NULL;
  CREATE INDEX mails_parked_overall ON mails (parked, own DESC, turn, id)
    WHERE state = 'queued' AND parked IS NOT NULL;
  CREATE INDEX mails_parked_overall_servers ON mails (parked, server, turn)
    WHERE state = 'queued' AND parked IS NOT NULL;

  -- SQLite cannot change the scopes that a CHECK admits. The numbers of deleted rows are not used
  -- again, as people lift suppressions by number.
  CREATE TABLE new_suppressions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address_hash BLOB NOT NULL,
    address_key TEXT,
    user_id TEXT,
    scope TEXT NOT NULL CHECK (scope IN ('all', 'outside', 'room', 'inviter', 'bounce')),
    target_hash BLOB NOT NULL DEFAULT x'',
    target TEXT,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER,
    UNIQUE (address_hash, scope, target_hash)
  ) STRICT;
  INSERT INTO new_suppressions
    SELECT id, address_hash, address_key, user_id, scope, target_hash, target, reason, at, NULL
    FROM suppressions;
  DELETE FROM sqlite_sequence WHERE name = 'new_suppressions';
  INSERT INTO sqlite_sequence
    SELECT 'new_suppressions', seq FROM sqlite_sequence WHERE name = 'suppressions';
  DROP TABLE suppressions;
  ALTER TABLE new_suppressions RENAME TO suppressions;
  CREATE INDEX suppressions_address ON suppressions (address_key) WHERE address_key IS NOT NULL;

  -- Mails that came back, which count against their address also when they are deleted.
  ALTER TABLE mails ADD COLUMN bounced_at INTEGER;
  ALTER TABLE mails ADD COLUMN bounce TEXT;
  CREATE TABLE bounces (
    mail INTEGER PRIMARY KEY,
    address_hash BLOB NOT NULL,
    at INTEGER NOT NULL,
    weight INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX bounces_address ON bounces (address_hash);
  CREATE INDEX bounces_at ON bounces (at);
  `,
];
