package androidx.test.internal.runner.lifecycle;

import androidx.test.runner.lifecycle.ApplicationLifecycleMonitor;
import androidx.test.runner.lifecycle.ApplicationStage;

/** Is told of the application's life; these tests do not ask for it. */
public final class ApplicationLifecycleMonitorImpl implements ApplicationLifecycleMonitor {
    public void signalLifecycleChange(android.app.Application application, ApplicationStage stage) {}
}
