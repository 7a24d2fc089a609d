// The form of a table: a field for each column, filled with what is usual, where that is known.

/** Make the fields; `changed` is called when one of them changes. Returns what gives the row, or null while a field is empty. */
export function makeForm(form, columns, changed) {
  const fields = columns.map(({ name, choices, usual }) => {
    const label = document.createElement("label");
    label.textContent = name;
    const field = document.createElement(choices ? "select" : "input");
    field.name = name;
    if (choices) field.append(...choices.map((choice) => new Option(choice)));
    else Object.assign(field, { type: "text", inputMode: "decimal", value: usual ?? "", placeholder: "a number" });
    label.append(field);
    form.append(label);
    return field;
  });
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  return () =>
    fields.every((field) => field.value.trim()) ? Object.fromEntries(fields.map(({ name, value }) => [name, value])) : null;
}
