/**
 * What a campaign needs of the database below the service.
 *
 * @module
 */

/** The databases by name. */
export const DATABASES = ["sqlite", "postgresql"] as const;

/** A database's name. */
export type DatabaseName = typeof DATABASES[number];

/** Makes the database unusable until the result is disposed of. */
export type Outage = () => Promise<AsyncDisposable>;

/** The database of a campaign. */
export interface CampaignDatabase extends AsyncDisposable {
  /** The section `storage` of the configuration. */
  readonly storage: Readonly<Record<string, unknown>>;
  /** How long others wait for what a process that was killed had claimed, in milliseconds. */
  readonly lease: number;
  /** Its outages, by kind of fault and variant. */
  readonly outages: Readonly<Partial<Record<OutageKind, Readonly<Record<string, Outage>>>>>;
  /** Lets a lease pass by its clock, where others wait for it. */
  passLease(): Promise<void>;
}

/** The kinds of faults that are outages of the database. */
export type OutageKind = "server" | "readonly" | "connections" | "locked" | "disk";
