import { outboxContract } from "../contracts/outbox.ts";
import { sqliteSubject } from "./sqlite_subject.ts";

outboxContract("SQLite", sqliteSubject);
