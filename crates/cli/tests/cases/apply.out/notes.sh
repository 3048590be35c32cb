# git clone https://jane@bitbucket.org/acme/app.git
git clone https://jane@bitbucket.org/acme/app.git
