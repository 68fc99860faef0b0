// Fetches the application's page and an answer from its API: fetch-page.js [--page-only] URL
import { setTimeout as sleep } from 'node:timers/promises';

const args = process.argv.slice(2);
const pageOnly = args[0] === '--page-only';
const url = args.at(-1);

async function page() {
  for (let tries = 50; ; tries -= 1) {
    try {
      const response = await fetch(`${url}/`);
      if (response.ok) return await response.text();
      throw new Error(`the page answers ${response.status}`);
    } catch (error) {
      if (tries === 0) throw error;
      await sleep(200);
    }
  }
}

const html = await page();
const title = /<title>(.*?)<\/title>/s.exec(html)?.[1];
if (!html.includes('llm-chat'))
  throw new Error(`not the application's page: ${html.slice(0, 200)}`);
process.stdout.write(`GET  ${url}/ -> "${title}"\n`);
if (!pageOnly) {
  const response = await fetch(`${url}/api/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message: 'hello' }),
  });
  const { answer } = await response.json();
  if (typeof answer !== 'string') throw new Error(`the API answers ${response.status}`);
  process.stdout.write(`POST ${url}/api/chat {"message":"hello"} -> "${answer}"\n`);
}
