import { describe, expect, it } from 'vitest';
import { ScriptedSession, wire } from '../../../test/support/scripted-session.ts';
import { readCellSettings } from './cell-settings.ts';

describe('readCellSettings', () => {
  it.each([
    ['what ALTER DATABASE says', 'client', ['datestyle=German', 'search_path=a=b'], 'German', true],
    ['what the server gave the session', 'configuration file', [], 'ISO', true],
    ['the compiled default behind our own startup parameter', 'client', [], 'ISO, MDY', false],
    ['the compiled default behind a setting of the role', 'user', [], 'ISO, MDY', false],
  ])('takes %s', async (_what, source, ofDatabase, value, isCertain) => {
    const session = new ScriptedSession()
      .on('from pg_settings', wire('name setting source boot_val', ['DateStyle', 'ISO', source, 'ISO, MDY']))
      .on('from pg_db_role_setting', wire('setting', ...ofDatabase.map((setting) => [setting])));
    expect(await readCellSettings(session)).toEqual([{ name: 'DateStyle', value, isCertain }]);
  });
});
