package dev.vesper.llm.engine;

/** Hands on what it hears; tests override what they need otherwise. */
class Relay implements TokenListener {
    private final TokenListener to;

    Relay(TokenListener to) {
        this.to = to;
    }

    @Override
    public boolean token(int token) {
        return to.token(token);
    }

    @Override
    public void finished(FinishReason reason) {
        to.finished(reason);
    }

    @Override
    public void failed(Throwable error) {
        to.failed(error);
    }
}
