/**
 * The tables of released versions. They are never changed.
 *
 * @module
 */

/** The migrations to them, in order. */
export const RELEASED: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO meta VALUES ('secret', randomblob(32));

  CREATE TABLE invitations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    room_id TEXT NOT NULL,
    invitee TEXT NOT NULL,
    inviter TEXT NOT NULL,
    inviter_name TEXT,
    event_id TEXT,
    origin_ts INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    facts TEXT NOT NULL,
    state TEXT NOT NULL
      CHECK (state IN ('pending', 'resolved', 'cancelled', 'skipped', 'failed')),
    answered INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    deferred_since INTEGER,
    resolved_at INTEGER,
    lease_until INTEGER,
    fence INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX invitations_due ON invitations (due_at, id)
    WHERE state = 'pending' AND lease_until IS NULL;
  CREATE INDEX invitations_leased ON invitations (lease_until) WHERE lease_until IS NOT NULL;
  CREATE INDEX invitations_open ON invitations (room_id, invitee)
    WHERE answered = 0 AND state IN ('pending', 'resolved');
  CREATE INDEX invitations_invitee ON invitations (invitee, id);
  CREATE INDEX invitations_resolved ON invitations (inviter, resolved_at)
    WHERE resolved_at IS NOT NULL;
  CREATE INDEX invitations_limited ON invitations (inviter)
    WHERE state = 'pending' AND reason = 'inviter limit';

  CREATE TABLE mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL,
    recipient TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('invite', 'digest', 'reminder')),
    message_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL
      CHECK (state IN ('queued', 'sending', 'sent', 'rejected', 'cancelled', 'expired')),
    reason TEXT,
    queued_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    deferred_since INTEGER,
    lease_until INTEGER,
    fence INTEGER NOT NULL DEFAULT 0,
    last_code INTEGER,
    sent_at INTEGER
  ) STRICT;
  CREATE INDEX mails_due ON mails (due_at, id) WHERE state = 'queued';
  CREATE INDEX mails_leased ON mails (lease_until) WHERE state = 'sending';
  CREATE INDEX mails_sent ON mails (address_key, sent_at) WHERE sent_at IS NOT NULL;
  CREATE INDEX mails_sending ON mails (address_key) WHERE state = 'sending';
  CREATE INDEX mails_limited ON mails (address_key)
    WHERE state = 'queued' AND reason = 'address limit';

  CREATE TABLE mail_invitations (
    mail_id INTEGER NOT NULL REFERENCES mails ON DELETE CASCADE,
    invitation_id INTEGER NOT NULL REFERENCES invitations ON DELETE CASCADE,
    open INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (mail_id, invitation_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX mail_invitations_invitation ON mail_invitations (invitation_id);

  CREATE TABLE timeline (
    id INTEGER PRIMARY KEY,
    invitation_id INTEGER NOT NULL REFERENCES invitations ON DELETE CASCADE,
    at INTEGER NOT NULL,
    step TEXT NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX timeline_invitation ON timeline (invitation_id, id);

  CREATE TABLE seen (key TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX seen_until ON seen (until);
  `,
  `
  -- What stands in plain is for people to read, and is missing where only a link was known. The
  -- hash of no target is empty, as rows with NULL are never the same.
  CREATE TABLE suppressions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address_hash BLOB NOT NULL,
    address_key TEXT,
    user_id TEXT,
    scope TEXT NOT NULL CHECK (scope IN ('all', 'room', 'inviter', 'bounce')),
    target_hash BLOB NOT NULL DEFAULT x'',
    target TEXT,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (address_hash, scope, target_hash)
  ) STRICT;
  CREATE INDEX suppressions_address ON suppressions (address_key) WHERE address_key IS NOT NULL;

  ALTER TABLE mail_invitations ADD COLUMN suppressed INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX mails_open ON mails (address_key) WHERE state IN ('queued', 'sending');
  `,
  `
  -- The hash that links contain. It is set by refreshAddressHashes, as SQL does not have the key,
  -- and kept up to date for open mails only.
  ALTER TABLE mails ADD COLUMN address_hash BLOB;
  DROP INDEX mails_open;
  CREATE INDEX mails_waiting ON mails (address_hash) WHERE state IN ('queued', 'sending');
  `,
];
