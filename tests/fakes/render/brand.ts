import type { MailModel } from "../../../src/render/port.ts";

/** The brand of an organisation that configures none. */
export const NO_BRAND: MailModel["brand"] = {
  product: "",
  logo: "",
  color: "",
  footer: "",
  support: "",
  imprint: "",
  register: "",
};
