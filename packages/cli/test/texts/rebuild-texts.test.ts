import { chineseTranslator } from '../../src/shared/text/text.ts';

// What a rebuild refuses is put together from several texts.

test.each([
  [
    'api: Dockerfile changed, no carried package replaces curl in it, so line 7 (RUN make) would have to run again',
    'api：Dockerfile 有变化、携带的软件包不能代替其中的 curl，因此第 7 行（RUN make）必须重新执行',
  ],
  [
    'web: npm package left@^2, but 1.0.0, for line 5 (RUN npm install); web: pip package flask==3 with one of its hashes, for line 9 (RUN pip install -r requirements.txt)',
    'web：npm 软件包 left@^2（携带的是 1.0.0），第 5 行需要（RUN npm install）；web：pip 软件包 flask==3，哈希须为所列之一，第 9 行需要（RUN pip install -r requirements.txt）',
  ],
  ['dependencies as at the export, in /srv/shop', '依赖与导出时一致，位于 /srv/shop'],
])('%s is said in Chinese', async (english, chinese) => {
  expect((await chineseTranslator()).translate(english)).toBe(chinese);
});
