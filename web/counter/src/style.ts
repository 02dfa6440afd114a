// How the element looks. Everything is inherited from the page but for what these custom properties say.

export const style = `
:host{display:inline-flex;align-items:baseline;gap:var(--footfall-counter-gap,.4em);font-variant-numeric:tabular-nums}
:host([hidden]),[hidden]{display:none!important}
.number{display:inline-flex;justify-content:flex-end;min-width:calc(var(--digits,0)*(1ch + var(--footfall-counter-digit-gap,0px)));color:var(--footfall-counter-color,inherit);gap:var(--footfall-counter-digit-gap,0)}
.label{color:var(--footfall-counter-label-color,inherit)}
.digit{display:inline-block;height:1.2em;height:1lh;overflow:hidden;overflow:clip;background:var(--footfall-counter-digit-background,none);border-radius:var(--footfall-counter-digit-radius,0);padding:0 var(--footfall-counter-digit-padding,0)}
.digit>span{display:block;transform:translateY(calc(var(--digit)*-10%));transition:transform var(--footfall-counter-duration,.8s) cubic-bezier(.22,.8,.3,1)}
.digit>span::before{content:"0\\A 1\\A 2\\A 3\\A 4\\A 5\\A 6\\A 7\\A 8\\A 9";white-space:pre}
.still .digit>span{transition:none}
[role=status]{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media(prefers-reduced-motion:reduce){.digit>span{transition:none}}
`;
