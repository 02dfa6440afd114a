// Starts the page: its styles, and the app in the one element that index.html has.
import { render } from 'preact';
import './styles/base.css';
import './styles/page.css';
import './styles/parts.css';
import { App } from './app';

render(<App />, document.getElementById('app')!);
