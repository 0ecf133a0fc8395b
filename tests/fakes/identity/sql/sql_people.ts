/**
 * The tables of the tests of databases.
 *
 * @module
 */

import { type Person, userOf } from "../../../contracts/identity_store.ts";
import type { Engine } from "./wire_server.ts";

/** The section `profile` with queries for these tables. */
export const PEOPLE_PROFILE = {
  displayName: { query: "SELECT name FROM people WHERE id = ?" },
  threepid: { query: "SELECT medium, address FROM user_threepids WHERE user_id = ?" },
};

/** Creates the tables with people in them. */
export function fillPeople(engine: Engine, people: readonly Person[]): void {
  engine.exec(`CREATE TABLE people(id TEXT, name TEXT);
    CREATE TABLE user_threepids(user_id TEXT, medium TEXT, address TEXT);`);
  for (const { localpart, displayName = null, addresses } of people) {
    engine.run("INSERT INTO people VALUES (?, ?)", [userOf(localpart), displayName]);
    for (const address of addresses) {
      const values = [userOf(localpart), "email", address];
      engine.run("INSERT INTO user_threepids VALUES (?, ?, ?)", values);
    }
  }
}
