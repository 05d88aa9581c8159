// One quiz as native controls: the same code runs as a widget in JupyterLab and alone in a static page.

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function mountQuiz(root, quiz, onAnswer) {
  root.classList.add("crm-quiz");
  const note = quiz.note ? [element("p", {}, quiz.note)] : [];
  root.replaceChildren(...note, ...quiz.questions.map((question, i) => questionForm(quiz, question, i, onAnswer)));
}

function questionForm(quiz, question, number, onAnswer) {
  const words = quiz.words;
  const prefix = `${quiz.id}-${number}`;
  const controls = CONTROLS[question.kind](question, prefix, words);
  const status = element("output", { class: "crm-quiz-said", role: "status" });
  const reveal = element("button", { type: "button", hidden: "" }, words.reveal);
  const legend = element("legend", {}, `${number + 1}. ${question.text}`);
  const buttons = element("p", {}, element("button", { type: "submit" }, words.check), " ", reveal);
  const form = element("form", { id: question.anchor, novalidate: "" },
    element("fieldset", {}, legend, element("p", { class: "crm-quiz-how" }, question.how || words[question.kind]),
      controls.node),
    buttons, status);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const answer = controls.read();
    const unread = answer === null ? { word: "missing", said: [] } : answer.unread;
    const judged = unread || JUDGES[question.kind](question, answer);
    reveal.hidden = Boolean(unread) || judged.word === "right";
    tell(status, words, judged);
    if (!unread) onAnswer(question.id, answer);
  });
  reveal.addEventListener("click", () => tell(status, words, { word: "answer", said: question.solution }));
  return form;
}

function tell(status, words, judged) {
  status.className = `crm-quiz-said crm-quiz-${judged.word}`;
  const head = element("strong", {}, words["said_" + judged.word]);
  status.replaceChildren(head, ...judged.said.map((text) => element("p", {}, text)));
}

function ticks(type) {
  return (question, prefix) => {
    const inputs = question.labels.map(([letter], i) =>
      element("input", { type, name: prefix, value: letter, id: `${prefix}-${i}` }));
    const lines = question.labels.map(([, text], i) =>
      element("div", { class: "crm-quiz-option" }, inputs[i], element("label", { for: inputs[i].id }, text)));
    const chosen = () => inputs.filter((one) => one.checked).map((one) => one.value);
    return { node: element("div", {}, ...lines), read: () => (chosen().length ? chosen() : null) };
  };
}

function selects(names) {
  return (question, prefix, words) => {
    const lines = names(question, words).map((name, i) => {
      const options = question.labels.map(([letter, text]) => element("option", { value: letter }, text));
      const select = element("select", { id: `${prefix}-${i}` }, element("option", { value: "" }, words.choose), ...options);
      return [element("label", { for: select.id }, name), select];
    });
    const rows = lines.map(([label, select]) => element("div", { class: "crm-quiz-place" }, label, select));
    const given = () => lines.map(([, select]) => select.value);
    return { node: element("div", {}, ...rows), read: () => (given().every(Boolean) ? given() : null) };
  };
}

function number(question, prefix, words) {
  const input = element("input", { type: "text", inputmode: "decimal", id: prefix, autocomplete: "off" });
  const label = element("label", { for: prefix }, words.number);
  const read = () => (input.value.trim() === "" ? null : readNumber(input.value, question.unit, words));
  return { node: element("div", { class: "crm-quiz-place crm-quiz-number" }, label, input, ` ${question.unit}`), read };
}

// What a person wrote, with the signs of one keyboard: full-width letters, true minus, no spaces.
function bare(text) {
  const narrow = text.replace(/[\uff01-\uff5e]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0));
  return narrow.toLowerCase().replace(/[\s'\u2019]/g, "").replace(/[\u2212\u2012-\u2014]/g, "-");
}

// The number typed, or what is wrong with it: a comma may stand before decimals or before thousands.
function readNumber(typed, unit, words) {
  const unread = (said) => ({ unread: { word: "unread", said: [said] } });
  const [, number, rest] = /^([-+\d.,]*(?:e[-+]?\d+)?)(.*)$/.exec(bare(typed));
  if (!/\d/.test(number) || /[-+*\/^=\d]/.test(rest)) return unread(words.unread);
  if (![bare(unit), bare(unit).replace(/s$/, ""), ""].includes(rest)) {
    return unread(words.unread_unit.replace("{unit}", unit));
  }
  if (/^[-+]?[1-9]\d{0,2},\d{3}$/.test(number)) return unread(words.unread_comma.replace("{text}", typed.trim()));
  const thousands = /^[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(number);
  const plain = thousands ? number.replaceAll(",", "") : number.replace(/^([-+]?\d*),(\d+)$/, "$1.$2");
  const fits = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/.test(plain) && Number.isFinite(Number(plain));
  return fits ? Number(plain) : unread(words.unread);
}

function outcome(good, total, said) {
  return { word: good === total ? "right" : good > 0 ? "partly" : "wrong", said };
}

function judgeChoice(question, [letter]) {
  const right = letter === question.key;
  return outcome(right ? 1 : 0, 1, [question.why[letter], right ? question.reason : ""].filter(Boolean));
}

function judgeSeveral(question, letters) {
  const wrong = question.labels.filter(([letter]) => letters.includes(letter) !== question.key.includes(letter));
  const good = letters.filter((letter) => question.key.includes(letter)).length;
  const said = wrong.map(([letter, text]) => `${text}: ${question.why[letter]}`);
  return { ...outcome(wrong.length ? Math.min(good, 1) : 2, 2, said.length ? said : [question.reason].filter(Boolean)) };
}

function judgePlaced(question, letters) {
  const wrong = question.items.filter((_, i) => letters[i] !== question.key[i]);
  const said = wrong.map((item) => `${item.text}: ${item.why}`);
  return outcome(letters.length - wrong.length, letters.length, said.length ? said : [question.reason].filter(Boolean));
}

function judgeOrder(question, letters) {
  const good = letters.filter((letter, i) => letter === question.key[i]).length;
  return outcome(good, letters.length, [question.reason]);
}

function judgeNumber(question, value) {
  const close = (other) => Math.abs(value - other) <= question.within * (1 + 1e-9) + 1e-12;
  if (close(question.key)) return outcome(1, 1, [question.reason]);
  const known = question.mistakes.filter(([wrong]) => close(wrong)).map(([, why]) => why);
  return outcome(0, 1, known.length ? known.slice(0, 1) : [question.reason]);
}

const items = (question) => question.items.map((item) => item.text);
const steps = (question, words) => question.labels.map((_, i) => words.step.replace("{number}", i + 1));
const CONTROLS = {
  choice: ticks("radio"), several: ticks("checkbox"), match: selects(items), classify: selects(items),
  order: selects(steps), numeric: number,
};
const JUDGES = {
  choice: judgeChoice, several: judgeSeveral, match: judgePlaced, classify: judgePlaced,
  order: judgeOrder, numeric: judgeNumber,
};
