/**
 * What is in the outbox of schema version 2 that is kept as a script.
 *
 * @module
 */

/** The script that makes the file. */
export const VERSION_2: string = Deno.readTextFileSync(
  new URL("fixtures/version_2.sql", import.meta.url),
);

/** When the program that wrote it was killed, in milliseconds UTC. */
export const KILLED_AT = Date.UTC(2027, 0, 4, 9, 32, 31);

/** The tokens in the links of its mails, as that program wrote them. */
export const TOKENS = {
  bob: "AQAAAAAAAXF9UG0DLjXKzC2tuFG7mXDMGeAQPbuScv5xBN2KoaIfDFJjYWRlELzwD0lRGxQkTXw-bJ8GUA",
  carol: "AQAAAAAABHcJ1Yv1Y3C42lQ_GVG7mXDMGeAQPbuScv5xBN2KoaIfDFJjYWRlKMUWpG3uENb3mr4m6BcELw",
  dave: "AQAAAAAABc_-imHzm6xTkVU_iVG7mXDMGeAQPbuScv5xBN2KoaIfDFJjYWRlM_EahQibSXFtMoMCli2LnA",
  eve: "AQAAAAAABsHl5nfsrZU2bEENlVG7mXDMGeAQPbuScv5xBN2KoaIfDFJjYWRlb6bx6cEBPONyI20CZXjZfw",
  grace: "AQAAAAAADMkJeuZt5sL7USexSlG7mXDMGeAQPbuScv5xBN2KoaIfDFJjYWRlIqVqVVAubLyhcNqrr7kwOg",
} as const;

/** The Message-IDs of the mails that wait in it, by address. */
export const WAITING = {
  "bob@mail.example": "<299339a2d0f301a3cce6e76aaa0b1c962074a9e7@example.org>",
  "frank@mail.example": "<1018068c7165b2c0996b8fa23c63f32f18043c6f@example.org>",
  // Being sent when the program was killed.
  "grace@mail.example": "<9a81de2b7ec1a2fbf8030f78b3b996528b37ef36@example.org>",
  "heidi@mail.example": "<2a3307928e8f113cbd46bd5e74cf1de5af0c099d@example.org>",
} as const;
