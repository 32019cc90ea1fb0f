@echo off
rem Runs Vesper: finds a JDK, builds first if a source changed since the last build, and starts the JVM.
rem   VESPER_JAVA_HOME  the JDK to use, and no other
rem   VESPER_JAVA_OPTS  more options for the JVM, separated by spaces
rem The file "vesper" beside this one does the same elsewhere, and says why.
setlocal EnableExtensions DisableDelayedExpansion
set "home=%~dp0"
rem No parentheses in here, nor echo inside a block: cmd would take one in a path for the end of the block.
set "wanted=JDK 25.0.3 or newer; 25.0.0 to 25.0.2 corrupt memory, as their G1 moves arrays that native code is using"
set "java_home="
set "found="

if not defined VESPER_JAVA_HOME goto :search
call :consider "%VESPER_JAVA_HOME%"
if defined java_home goto :have_java
>&2 echo vesper: VESPER_JAVA_HOME=%VESPER_JAVA_HOME% will not do. Wanted: %wanted%.
if defined found >&2 echo Found:%found%
exit /b 1

:search
if defined JAVA_HOME call :consider "%JAVA_HOME%"
if not defined java_home for /f "delims=" %%j in ('where java 2^>nul') do call :consider "%%~dpj.."
for %%p in ("%ProgramFiles%\Eclipse Adoptium" "%ProgramFiles%\Java" "%ProgramFiles%\Zulu" "%ProgramFiles%\Microsoft" "%ProgramFiles%\Amazon Corretto" "%ProgramFiles%\BellSoft" "%LOCALAPPDATA%\Programs\Eclipse Adoptium" "%USERPROFILE%\.jdks" "%USERPROFILE%\.sdkman\candidates\java" "%USERPROFILE%\scoop\apps") do (
    for /d %%d in ("%%~p\*") do call :consider "%%~d"
)
if defined java_home goto :have_java
>&2 echo vesper: no suitable JDK was found. Wanted: %wanted%.
if defined found >&2 echo Found, and not suitable:%found%
if not defined found >&2 echo No JDK was found at all: neither JAVA_HOME, nor java on the path, nor under %ProgramFiles%.
>&2 echo Install one, for example from https://adoptium.net, or set VESPER_JAVA_HOME to where it is.
exit /b 1

:have_java
set "jar=%home%app\vesper.jar"
set "folder=%home%app"
if not exist "%home%pom.xml" goto :run
set "folder=%home%cli\target"
set "jar=%home%cli\target\vesper.jar"
set "stamp=%home%cli\target\launcher.stamp"
if not exist "%jar%" goto :build
if not exist "%stamp%" goto :build
powershell -NoProfile -NonInteractive -Command "$t = (Get-Item -LiteralPath $env:stamp).LastWriteTimeUtc; $p = @(Get-Item ($env:home + 'pom.xml'), ($env:home + '*\pom.xml')) + @(Get-ChildItem -Recurse ($env:home + '*\src\main')); if ($p | Where-Object { $_.LastWriteTimeUtc -gt $t } | Select-Object -First 1) { exit 1 }"
if not errorlevel 1 goto :run

:build
>&2 echo vesper: building, which takes about a minute the first time
if not exist "%home%cli\target" mkdir "%home%cli\target"
type nul > "%stamp%.new"
pushd "%home%"
setlocal
set "JAVA_HOME=%java_home%"
call mvnw.cmd -q -B -Dmaven.test.skip=true -pl cli -am package 1>&2
endlocal & set "built=%errorlevel%"
popd
if "%built%"=="0" goto :built
>&2 echo vesper: the build failed, above is why
exit /b 1

:built
move /y "%stamp%.new" "%stamp%" >nul

:run
if exist "%jar%" goto :start
>&2 echo vesper: neither the sources nor %jar% are there: this installation is incomplete
exit /b 1

:start
rem The archive of classes is named after the JDK and after the size and the time of the jar; an empty one says that
rem there can be none.
for %%f in ("%jar%") do set "made=%%~zf-%%~tf"
set "made=%made::=%"
set "made=%made:/=%"
set "made=%made: =%"
set "archive=%folder%\vesper-%version%-%made%.jsa"
if exist "%archive%" goto :prepared
set "work=%folder%\launcher-%random%%random%"
mkdir "%work%" 2>nul || goto :prepared
>&2 echo vesper: preparing faster starts, once for this build and this JDK
del /q "%folder%\vesper-*.jsa" >nul 2>&1
"%java_home%\bin\java.exe" "@%home%jvm.options" -jar "%jar%" bench --synthetic llama-tiny --format Q4_0 --out "%work%\model.gguf" >nul 2>&1
if errorlevel 1 goto :unprepared
"%java_home%\bin\java.exe" "@%home%jvm.options" "-XX:ArchiveClassesAtExit=%work%\classes.jsa" -jar "%jar%" complete --model "%work%\model.gguf" --prompt "Once" --max-tokens 2 --json >nul 2>&1
if not errorlevel 1 goto :keep
:unprepared
>&2 echo vesper: that did not work, so that each start will take a little longer
type nul > "%work%\classes.jsa"
:keep
move /y "%work%\classes.jsa" "%archive%" >nul 2>&1
rmdir /s /q "%work%" >nul 2>&1
:prepared
set "classes="
if not exist "%archive%" goto :become
for %%f in ("%archive%") do if not "%%~zf"=="0" set classes="-XX:SharedArchiveFile=%archive%"
:become
set "collector="
if "%~1"=="complete" set "collector=-XX:+UseSerialGC"
if "%~1"=="tokenize" set "collector=-XX:+UseSerialGC"
if "%~1"=="inspect" set "collector=-XX:+UseSerialGC"
"%java_home%\bin\java.exe" "@%home%jvm.options" %collector% %VESPER_JAVA_OPTS% %classes% -jar "%jar%" %*
exit /b %errorlevel%

rem Takes the JDK in folder %1 if it will do and none was taken yet; remembers what it saw for the message.
:consider
if defined java_home exit /b 0
if not exist "%~1\bin\java.exe" exit /b 0
if not exist "%~1\release" exit /b 0
set "version="
for /f "usebackq tokens=2 delims==" %%v in (`findstr /b "JAVA_VERSION=" "%~1\release"`) do set "version=%%~v"
if not defined version exit /b 0
set "major=0"
set "minor=0"
set "security=0"
for /f "tokens=1-3 delims=.-+_" %%a in ("%version%.0.0") do (
    set "major=%%a"
    set "minor=%%b"
    set "security=%%c"
)
if %major% LSS 25 goto :unsuitable
if %major% GTR 25 goto :suitable
if not "%minor%"=="0" goto :suitable
if %security% LSS 3 goto :unsuitable
:suitable
for %%d in ("%~1") do set "java_home=%%~fd"
exit /b 0
:unsuitable
set "found=%found% %~1 is %version%;"
exit /b 0
