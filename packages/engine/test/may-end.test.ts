import { mayEnd } from '../src/may-end.ts';

const waitsFor = (name: string, condition: string) => ({ depends_on: { [name]: { condition } } });

test('a service may end if another one waits for that, even if it publishes ports', () => {
  const web = waitsFor('job', 'service_completed_successfully');
  expect(mayEnd({ job: {}, web }, 'job')).toBe(true);
  expect(mayEnd({ job: { ports: [{}] }, web }, 'job')).toBe(true);
});

test('otherwise one that publishes ports may not, and of the rest nothing is known', () => {
  const web = waitsFor('db', 'service_healthy');
  expect(mayEnd({ db: { ports: [{}] }, web }, 'db')).toBe(false);
  expect(mayEnd({ db: { ports: null }, web }, 'db')).toBeUndefined();
  expect(mayEnd({ db: {}, web }, 'web')).toBeUndefined();
});
