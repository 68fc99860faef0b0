import { Html, html, type Value } from './html.ts';

/** How a report gets its Chinese; the texts themselves are not in this package. */
export interface Chinese {
  /** Returns the Chinese of a template of a report, which has {0} where a value is put in; undefined where there is none. */
  readonly ofTemplate: (english: string) => string | undefined;
  /** Translates a text that comes from elsewhere, such as a reason; returns it as it is where it cannot. */
  readonly ofText: (english: string) => string;
  /** Whether the page opens in Chinese. */
  readonly isFirst: boolean;
}

/** Writes the texts of a report in its languages. */
export interface Words {
  /** A text of the report: say`For ${platform}`. */
  readonly say: (parts: TemplateStringsArray, ...values: readonly Value[]) => Html;
  /** A text that comes from elsewhere. */
  readonly said: (text: string) => Html;
}

/** Returns the words of a report in English, or in both languages, of which the style sheet shows one. */
export function wordsIn(chinese: Chinese | undefined): Words {
  if (chinese === undefined) return { say: html, said: (text) => html`${text}` };
  return {
    say: (parts, ...values) => {
      const key = parts
        .map((part, index) => (index === 0 ? part : `{${index - 1}}${part}`))
        .join('');
      const template = chinese.ofTemplate(key);
      const english = html(parts, ...values);
      return template === undefined ? english : both(english, filled(template, values));
    },
    said: (text) => {
      const translation = chinese.ofText(text);
      return translation === text ? html`${text}` : both(html`${text}`, html`${translation}`);
    },
  };
}

function both(english: Html, chinese: Html): Html {
  return html`<span lang="en">${english}</span><span lang="zh-Hans">${chinese}</span>`;
}

/** Puts values into a template, which may have markup. */
function filled(template: string, values: readonly Value[]): Html {
  const parts = template.split(/\{(\d+)\}/);
  return html`${parts.map((part, index) => (index % 2 === 0 ? new Html(part) : values[Number(part)]))}`;
}

/** Lets the reader choose a language, without a script. */
export function languageChoice(chinese: Chinese | undefined): Html | false {
  if (chinese === undefined) return false;
  const choice = (id: string, name: string, isChecked: boolean): Html =>
    html`<input type="radio" name="language" id="${id}"${isChecked && html` checked`}><label for="${id}">${name}</label>`;
  return html`<fieldset class="language"><legend>Language 语言</legend>${[
    choice('english', 'English', !chinese.isFirst),
    choice('chinese', '中文', chinese.isFirst),
  ]}</fieldset>`;
}
