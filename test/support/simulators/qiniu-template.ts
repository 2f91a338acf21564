/** What the variables of a template stand for; one that is not set is empty. */
export type Variables = Readonly<Record<string, string | number | undefined>>;

export type TemplateForm = 'json' | 'form' | 'name';

/**
 * Fills `$(name)` in.
 * @param form how values are written: as JSON values, percent-encoded, or as they are
 */
export function render(template: string, variables: Variables, form: TemplateForm): string {
  return template.replace(/("?)\$\(([^)]*)\)("?)/g, (_, before: string, name: string, after: string) => {
    const value = variables[name];
    if (form === 'name') return before + String(value ?? '') + after;
    if (form === 'form') return before + encodeURIComponent(String(value ?? '')) + after;
    if (typeof value === 'number' && !before) return String(value) + after;
    const text = JSON.stringify(String(value ?? ''));
    // A variable that stands in quotes already gets no others.
    return before && after ? text : before + text + after;
  });
}
