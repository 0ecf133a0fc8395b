/**
 * The logo of the sample that shows a brand.
 *
 * @module
 */

import type { Picture } from "../render/liquid/picture.ts";

// A speech bubble and "Corp Chat", drawn at twice the size at which it is shown.
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAUAAAABIBAMAAAB1mjFAAAAAGFBMVEX////u3+jevtDNnrm8faKrXYubPHOKHF" +
  "wurfOvAAAEGklEQVR42u2Zy3PaMBCHLfO6uoSUK8GZcE2hGa5kEpor02HK1SFtdY0TbP/7xXpYWj2c2LUbTYe9" +
  "GIwkf6y0P63Wnneyk53sPzF/jTPN0u3EFb6OAY8gXjviPwvfkdANH84yq7044cCsxFxw4bgMMHYAEJcBpg6EcF" +
  "ZqHx/I/XLASGk+Xcwv6i72cDEN8g/IMK7dluWAr6DxiKyHpE7ooG9kvO+VAR/KAQ9y2/P6+oh2rO/+DcDjb8/g" +
  "xq4cMDEKUlRfbNOqgLgcMDWuhqh+KFYGzN4wo6JHtR3YJiBR9J9fULirDIgI2l0wvGkTEBdLchnV0bINmev2AH" +
  "2h22hFb4WLORgrXATMY+E8UGeYCdaoACzaoGEo1LU+YF+JaSqK6S33boyOijUhD881BUgR5g4sJjzKW9M2VFyp" +
  "uhZxGFQHnCm5Q0feDHPAzxkHnCkK6sNHkjZXRRsOlQSlgNu14SID5n1XBgFNOCDmgE/qNt6BvHmbvUjnlpI22A" +
  "GPAn+lXQDgDnTzeoWPNxQwzTiglqr1oPMR1KultGvZASd0IuAFAGIISIb6zdNuLvfX9OEp3IT6VsAXMtJ2Ed5Q" +
  "KitgShHgRQdU1v2tN2J9SeNtuKYe3NNzTiADPiuAh8mITfwlCRWygr3hNKeeTqdqFB9o3gAvEBDuez4TjiX1N+" +
  "YHGMSaDeQVO4DCh9iU7WQvd1gHi8xUBuyyZ/bpuJifXxAD78rCYgBM6J/jgMNpyDpYACtPcY/9YQaCOT1iyw3s" +
  "FoYpjqlwkU5nP6Rwswl11SDpMx3pUBDMdwrEHyDHhSFIIgHYBTFtA3ykEwEvmsyI3WHAvvl0QMzP0IXn5FN1Dx" +
  "6xeZsxBVy+C7CqUOuAsR3QINQCUMni6u/FYzBP+hTH9ilGhq2uAMxHOlwUN5tKFvpSkKiAsQxqSxYKwIFY81FT" +
  "6Za/IssKyowAfBWe1dOtSxVwLEIlaihhRbvIINQCMGXgG0PCep6qgCyWx+wmVust7wecgZQfE392xFYnAI8igD" +
  "CIed+Y8stTTDpEVCzSi3qAHRBuuevSeyySBQkw+4WV7HZpOjRJQTJ/yAQgjPm6x04t3YrVTCV+69hJAdlPqVDv" +
  "SoCJsRQbmRLWAvDJUHe6sgIygj272VMBq5Q+unLpQ0v5hYQ8aD3Fc/Ya4Gcy5Cd2k9ZIDu8qAOtFYFA8Ug9N0o" +
  "Fop9dvDMUjBkjYV8UWhPJXDoe/KL/dz6Vj5tx0RI+0Yycrv329M1edzhaTmiXq6kXqaqW1DygBtwDYbBG9BcBm" +
  "X0O0ANjsi5w2AJH9VVjgBGCjLxNbAfT8ddbU69h2AOWjk6NWe839W8CN5zZg4jkOuHIc8NVzHHDiOOCL5zagwx" +
  "JDAR89twEdd6DnskYTSxzn81beyU52Mt3+APSIKQH6zEb8AAAAAElFTkSuQmCC";

/** The logo, for organisations that have not configured their own. */
export function sampleLogo(): Picture {
  return { mediaType: "image/png", width: 320, height: 72, bytes: Uint8Array.fromBase64(PNG) };
}
