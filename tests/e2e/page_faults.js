// Evaluates to the faults of the page, one line of text each: text with too little contrast, and
// elements that overflow their container.
(() => {
  const faults = [];

  // Red, green and blue from 0 to 255, and the opacity.
  function parse(color) {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    return [red, green, blue, alpha];
  }

  function over([red, green, blue, alpha], behind) {
    return [red, green, blue].map((channel, at) => channel * alpha + behind[at] * (1 - alpha));
  }

  function background(element) {
    const { backgroundColor, backgroundImage } = getComputedStyle(element);
    if (backgroundImage !== "none") faults.push(`${name(element)}: a picture is behind the text`);
    const own = parse(backgroundColor);
    if (own[3] === 1) return own.slice(0, 3);
    // Behind everything is the canvas, which has a system colour.
    return over(own, element.parentElement ? background(element.parentElement) : canvas());
  }

  function canvas() {
    const probe = document.createElement("div");
    probe.style.backgroundColor = "Canvas";
    document.body.append(probe);
    const color = parse(getComputedStyle(probe).backgroundColor).slice(0, 3);
    probe.remove();
    return color;
  }

  // WCAG 2.2, relative luminance.
  function luminance(color) {
    const [red, green, blue] = color.map((channel) => {
      const share = channel / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(one, other) {
    const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
  }

  function name(element) {
    const { tagName, className, textContent } = element;
    return `<${tagName.toLowerCase()} class="${className}"> ${textContent.trim().slice(0, 40)}`;
  }

  // An element that scrolls on its own does not have to fit.
  function scrolls(element) {
    if (!element || element === document.documentElement || element === document.body) return false;
    return /auto|scroll/.test(getComputedStyle(element).overflowX) ||
      scrolls(element.parentElement);
  }

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const element = text.parentElement;
    if (text.data.trim() === "" || !element.checkVisibility()) continue;
    seen++;
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const behind = background(element);
    const ratio = contrast(over(parse(color), behind), behind);
    const size = parseFloat(fontSize);
    // WCAG 2.2, success criterion 1.4.3; large is 18 points, or 14 when bold.
    const large = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) faults.push(`${name(element)}: contrast ${ratio.toFixed(2)}`);
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const { left, right } of range.getClientRects()) {
      if (scrolls(element)) break;
      const container = element.closest("td, p, article, main, body").getBoundingClientRect();
      if (left < container.left - 1 || right > container.right + 1) {
        faults.push(`${name(element)}: overflows its container`);
        break;
      }
    }
  }
  if (seen === 0) faults.push("there is no text");

  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth > clientWidth) {
    faults.push(`the page is ${scrollWidth} of ${clientWidth} px wide`);
  }
  for (const element of document.body.querySelectorAll("*")) {
    const { left, right, width } = element.getBoundingClientRect();
    if (width === 0 || scrolls(element)) continue;
    if (left < -0.5 || right > clientWidth + 0.5) faults.push(`${name(element)}: is cut off`);
  }
  for (const image of document.images) {
    if (!image.complete || image.naturalWidth === 0) faults.push(`${image.alt}: does not load`);
  }
  return faults;
})();
